package org.swinengine.models;

/** A model's name or configuration is not usable; the message says what and where. */
public final class ModelConfigException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  public ModelConfigException(String message) {
    super(message);
  }
}
