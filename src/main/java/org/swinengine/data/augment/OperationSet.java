package org.swinengine.data.augment;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Operations from which timm's RandAugment chooses.
 *
 * @param operations in timm's order
 * @param weights one for each, or null where all are as likely
 */
record OperationSet(List<TimmOperation> operations, double @Nullable [] weights) {
  static final String NAMES = "weights, 3a or 3aw";

  private static final OperationSet PLAIN =
      new OperationSet(
          List.of(
              TimmOperation.AUTO_CONTRAST, TimmOperation.EQUALIZE, TimmOperation.INVERT,
              TimmOperation.ROTATE, TimmOperation.POSTERIZE, TimmOperation.SOLARIZE,
              TimmOperation.SOLARIZE_ADD, TimmOperation.COLOR, TimmOperation.CONTRAST,
              TimmOperation.BRIGHTNESS, TimmOperation.SHARPNESS, TimmOperation.SHEAR_X,
              TimmOperation.SHEAR_Y, TimmOperation.TRANSLATE_X_REL, TimmOperation.TRANSLATE_Y_REL),
          null);

  private static final OperationSet INCREASING =
      new OperationSet(
          List.of(
              TimmOperation.AUTO_CONTRAST, TimmOperation.EQUALIZE, TimmOperation.INVERT,
              TimmOperation.ROTATE, TimmOperation.POSTERIZE_INCREASING, TimmOperation.SOLARIZE_INCREASING,
              TimmOperation.SOLARIZE_ADD, TimmOperation.COLOR_INCREASING,
              TimmOperation.CONTRAST_INCREASING, TimmOperation.BRIGHTNESS_INCREASING,
              TimmOperation.SHARPNESS_INCREASING, TimmOperation.SHEAR_X, TimmOperation.SHEAR_Y,
              TimmOperation.TRANSLATE_X_REL, TimmOperation.TRANSLATE_Y_REL),
          null);

  private static final OperationSet THREE =
      new OperationSet(
          List.of(
              TimmOperation.SOLARIZE_INCREASING, TimmOperation.DESATURATE, TimmOperation.GAUSSIAN_BLUR),
          null);

  private static final OperationSet WEIGHTED_THREE =
      new OperationSet(
          List.of(
              TimmOperation.SOLARIZE_INCREASING, TimmOperation.DESATURATE, TimmOperation.GAUSSIAN_BLUR,
              TimmOperation.ROTATE, TimmOperation.SHEAR_X, TimmOperation.SHEAR_Y,
              TimmOperation.POSTERIZE_INCREASING, TimmOperation.AUTO_CONTRAST,
              TimmOperation.COLOR_INCREASING, TimmOperation.SHARPNESS_INCREASING,
              TimmOperation.CONTRAST_INCREASING, TimmOperation.BRIGHTNESS_INCREASING,
              TimmOperation.EQUALIZE, TimmOperation.INVERT),
          new double[] {6, 6, 6, 3, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1});

  private static final OperationSet WEIGHTED =
      new OperationSet(
          List.of(
              TimmOperation.ROTATE, TimmOperation.SHEAR_X, TimmOperation.SHEAR_Y,
              TimmOperation.TRANSLATE_X_REL, TimmOperation.TRANSLATE_Y_REL,
              TimmOperation.COLOR_INCREASING, TimmOperation.SHARPNESS_INCREASING,
              TimmOperation.AUTO_CONTRAST, TimmOperation.SOLARIZE_INCREASING, TimmOperation.SOLARIZE_ADD,
              TimmOperation.CONTRAST_INCREASING, TimmOperation.BRIGHTNESS_INCREASING,
              TimmOperation.EQUALIZE, TimmOperation.POSTERIZE_INCREASING, TimmOperation.INVERT),
          new double[] {3, 2, 2, 1, 1, .25, .25, .25, .05, .05, .05, .05, .05, .05, .05});

  static OperationSet usual(boolean increasing) {
    return increasing ? INCREASING : PLAIN;
  }

  /** The set of a name, or null where there is none. */
  static @Nullable OperationSet named(String name) {
    return switch (name) {
      case "weights" -> WEIGHTED;
      case "3a" -> THREE;
      case "3aw" -> WEIGHTED_THREE;
      default -> null;
    };
  }
}
