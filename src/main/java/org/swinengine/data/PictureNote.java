package org.swinengine.data;

/**
 * What a user should know of a picture that was decoded.
 *
 * @param kind what happened
 * @param text a clause that follows the picture's name: "is 12000x9000 pixels large, …"
 */
public record PictureNote(Kind kind, String text) {
  /** What can happen. */
  public enum Kind {
    /** Only some rows and columns were read. */
    SUBSAMPLED,
    /** Samples of more than 8 bits use few of their values. */
    UNUSED_LEVELS
  }

  @Override
  public String toString() {
    return text;
  }
}
