/** Swin Transformer, Swin-Unet and ViT, their configurations, and what they cost. */
package org.swinengine.models;
