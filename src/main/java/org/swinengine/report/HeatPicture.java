package org.swinengine.report;

import org.jspecify.annotations.Nullable;

/**
 * A picture that the model was asked about, with its heat maps over it.
 *
 * @param name of the image in its data set
 * @param predicted the class that Grad-CAM was asked about: the one that the model puts first, or the
 *     one of the mistake where each is a yes or no
 * @param gradCam the picture with Grad-CAM's heat
 * @param rollout the same of attention rollout; null where the model has none
 */
public record HeatPicture(String name, int predicted, Thumbnail gradCam, @Nullable Thumbnail rollout) {}
