package org.swinengine.report;

import java.util.List;

/**
 * A picture as a model was shown it in training.
 *
 * @param picture the image after all transforms, mixed with another one where images are mixed
 * @param labels what it counted as; more than one where images are mixed
 */
public record SeenPicture(Thumbnail picture, List<Label> labels) {
  /**
   * A part of a target, before smoothing.
   *
   * @param name of the class
   * @param share of the target, 0 to 1
   */
  public record Label(String name, double share) {}
}
