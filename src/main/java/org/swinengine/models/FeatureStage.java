package org.swinengine.models;

/**
 * A place in a model whose output can be read: timm's {@code feature_info}.
 *
 * @param name the path of the module whose output it is: {@code layers.2} of Swin, {@code blocks.11} of ViT
 * @param channels of the output
 * @param reduction pixels of the image for one token, along each side
 */
public record FeatureStage(String name, int channels, int reduction) {}
