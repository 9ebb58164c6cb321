package org.swinengine.optim;

/** What PyTorch and timm call the moments of gradients in an optimizer's state. */
final class MomentNames {
  static final String FIRST = "exp_avg";
  static final String SECOND = "exp_avg_sq";

  private MomentNames() {}
}
