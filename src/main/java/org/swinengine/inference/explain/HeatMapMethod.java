package org.swinengine.inference.explain;

/** How a {@link HeatMap} is computed. */
public enum HeatMapMethod {
  /**
   * Grad-CAM (Selvaraju et al. 2017): the tokens' channels, each as far as it speaks for a class by its mean
   * gradient; what speaks against the class is cut off.
   */
  GRADCAM,
  /**
   * Attention rollout (Abnar and Zuidema 2020): how much of each place arrives at the head through the
   * attention of all layers, each half residual. It is the same for every class.
   */
  ROLLOUT
}
