package org.swinengine.train.settings;

/** What a model learns to say of an image. */
public enum TaskKind {
  /** What the model and the data are made for. */
  AUTO,
  /** The one class of each image. */
  CLASSIFY,
  /** Any number of classes of each image, each a yes or no. */
  MULTI_LABEL,
  /** The class of each pixel. */
  SEGMENT
}
