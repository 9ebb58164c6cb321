package org.swinengine.train.settings;

/**
 * How often and in which portions a run sees its images.
 *
 * @param epochs passes over the training images
 * @param batchSize images of one forward and backward pass
 * @param accumulationSteps passes whose gradients make one optimizer step
 * @param seed of first weights, order, augmentation, dropout and validation split
 * @param recipe name of the recipe that the settings began with; empty: none
 * @param checkpointing whether blocks are computed again in the backward pass, to save memory
 */
public record Passes(
    @Setting(
        help = "Passes over the training images.",
        usual = "30", least = 1, byDefault = "7 on the built-in images, else 30") int epochs,
    @Setting(
        help = "Images of a pass; auto: the largest power of two up to 256 that fits into memory.",
        usual = "32", least = 1, byDefault = "64 on the built-in images, else 32") int batchSize,
    @Setting(
        help = "Passes whose gradients make one optimizer step.",
        usual = "1", least = 1) int accumulationSteps,
    @Setting(
        help = "Of first weights, order, augmentation and split.",
        usual = "0", option = false) long seed,
    @Setting(
        help = "Settings that belong together, which other options change; `swin-engine recipes` lists them.",
        usual = "", label = "NAME", changesResult = false, byDefault = "by the data") String recipe,
    @Setting(
        help = "Activation checkpointing: compute blocks again in the backward pass, to save memory.",
        usual = "false", key = "USE_CHECKPOINT") boolean checkpointing) {}
