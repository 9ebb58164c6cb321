package org.swinengine.data;

/**
 * Numbered samples with a class each: what an order of batches is made from. Safe for use by many threads.
 */
public interface Labelled {
  /** Number of samples. */
  int size();

  /** Label of a sample, from 0; costs no decoding. */
  int label(int index);

  /** Whether a sample may have several classes, or none, so that it has no one label. */
  default boolean isMultiLabel() {
    return false;
  }

  /** One line for a person: what this is and where it comes from. */
  String description();
}
