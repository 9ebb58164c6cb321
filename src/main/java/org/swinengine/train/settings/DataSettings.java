package org.swinengine.train.settings;

/**
 * How the data are divided.
 *
 * @param validationFraction share of each class set aside where the data have no validation part
 */
public record DataSettings(
    @Setting(
        help = "Share of each class for validation, where the data have no such part.",
        usual = "0.2", label = "F", least = Double.MIN_NORMAL,
        most = 1 - 0x1p-53) double validationFraction) {}
