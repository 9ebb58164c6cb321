package org.swinengine.backend;

/** The memory of a device that has its own is full. The message is a sentence for the user. */
public final class DeviceOutOfMemoryError extends OutOfMemoryError {
  private static final long serialVersionUID = 1L;

  public DeviceOutOfMemoryError(String message) {
    super(message);
  }
}
