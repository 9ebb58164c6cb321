package org.swinengine.train.settings;

import java.util.Locale;

/** What a model learns to say of an image. */
public enum TaskKind {
  /** What the model and the data are made for. */
  AUTO,
  /** The one class of each image. */
  CLASSIFY,
  /** Any number of classes of each image, each a yes or no. */
  MULTI_LABEL,
  /** The class of each pixel. */
  SEGMENT;

  /** As a user writes it, and a checkpoint says it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
