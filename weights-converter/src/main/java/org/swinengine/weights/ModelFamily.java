package org.swinengine.weights;

/** Architectures whose parameters have names of their own. */
public enum ModelFamily {
  /** Swin Transformer v1. */
  SWIN,
  /** Swin Transformer V2. */
  SWIN_V2,
  /** ViT and DeiT. */
  VIT,
  /** Swin-Unet. */
  SWIN_UNET
}
