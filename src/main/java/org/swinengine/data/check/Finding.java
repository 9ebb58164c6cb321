package org.swinengine.data.check;

import java.util.List;

/**
 * What was found in data.
 *
 * @param kind what it is
 * @param text a sentence
 * @param samples the samples that it is about, as {@code part: name}
 */
public record Finding(Kind kind, String text, List<String> samples) {
  /** What can be found. */
  public enum Kind {
    /** A file that is no readable image. */
    UNREADABLE(true),
    /** The same pixels in two parts: what is measured on the second is not new to the model. */
    SAME_IMAGE_IN_PARTS(true),
    /** A group, such as a patient, with images in two parts. */
    SAME_GROUP_IN_PARTS(true),
    /** The same pixels with different labels. */
    CONTRADICTING_LABELS(true),
    /** A class without an image in a part. */
    EMPTY_CLASS(false),
    /** The same pixels twice in one part, with the same label. */
    DUPLICATE(false),
    /** Two images that look alike. */
    NEAR_DUPLICATE(false),
    /** A class that has many times the images of another. */
    IMBALANCE(false);

    private final boolean fault;

    Kind(boolean fault) {
      this.fault = fault;
    }

    /** Whether it makes what is learnt or measured wrong; else it is something to know. */
    public boolean isFault() {
      return fault;
    }
  }
}
