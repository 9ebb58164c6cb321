/** Swin Transformer, Swin-Unet and ViT, their configurations, and what they cost. */
@NullMarked
package org.swinengine.models;

import org.jspecify.annotations.NullMarked;
