package org.swinengine.train.settings;

/**
 * What a run minimises.
 *
 * @param labelSmoothing ε of the smoothed cross-entropy
 */
public record LossSettings(
    @Setting(
        help = "Smoothing of the labels, 0 to 1.",
        usual = "0", label = "E", least = 0, most = 1,
        byDefault = "0 on the built-in images, else 0.1") double labelSmoothing) {}
