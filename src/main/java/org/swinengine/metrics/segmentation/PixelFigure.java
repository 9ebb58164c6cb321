package org.swinengine.metrics.segmentation;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** The figures of a class in a case, in the order of tables. */
public enum PixelFigure {
  /** Dice's coefficient. */
  DICE("Dice", Unit.SHARE, ClassFigures::dice),
  /** Intersection over union. */
  IOU("IoU", Unit.SHARE, ClassFigures::iou),
  /** Share of the truth that was found. */
  SENSITIVITY("sensitivity", Unit.SHARE, one -> one.counts().sensitivity()),
  /** Share of the rest that was left alone. */
  SPECIFICITY("specificity", Unit.SHARE, one -> one.counts().specificity()),
  /** Share of what was found that is right. */
  PRECISION("precision", Unit.SHARE, one -> one.counts().precision()),
  /** F1 of objects, which match above an intersection over union of 0.5. */
  OBJECT_F1("object F1", Unit.SHARE, one -> one.objects() == null ? Double.NaN : one.objects().f1(0.5)),
  /** Hausdorff's distance. */
  HD("HD", Unit.ELEMENTS, ClassFigures::hausdorff),
  /** Its 95th percentile. */
  HD95("HD95", Unit.ELEMENTS, ClassFigures::hausdorff95),
  /** The mean distance of surfaces. */
  ASSD("ASSD", Unit.ELEMENTS, ClassFigures::averageSurfaceDistance),
  /** Predicted less real size. */
  VOLUME_DIFFERENCE("size difference", Unit.ELEMENTS, ClassFigures::volumeDifference),
  /** The same over the real size. */
  RELATIVE_VOLUME_DIFFERENCE("relative size difference", Unit.RATIO,
      one -> one.counts().relativeVolumeDifference()),
  /** Hausdorff's distance in millimetres. */
  HD_MM("HD", Unit.MILLIMETRES, one -> one.physical().hausdorff()),
  /** Its 95th percentile in millimetres. */
  HD95_MM("HD95", Unit.MILLIMETRES, one -> one.physical().hausdorff95()),
  /** The mean distance of surfaces in millimetres. */
  ASSD_MM("ASSD", Unit.MILLIMETRES, one -> one.physical().averageSurfaceDistance()),
  /** Predicted less real area in mm², or volume in mm³. */
  VOLUME_DIFFERENCE_MM("size difference", Unit.CUBES, one -> one.physical().volumeDifference());

  /** What a figure counts in. */
  public enum Unit {
    /** 0 to 1. */
    SHARE(""),
    /** Any number. */
    RATIO(""),
    /** Pixels of a picture, voxels of a volume. */
    ELEMENTS("px"),
    /** Millimetres. */
    MILLIMETRES("mm"),
    /** Square or cubic millimetres. */
    CUBES("mm²/mm³");

    private final String text;

    Unit(String text) {
      this.text = text;
    }

    /** What stands behind a figure; empty where it is a plain number. */
    public String text() {
      return text;
    }
  }

  private final String title;
  private final Unit unit;

  /** All are references to methods or look only at what they are given. */
  @SuppressWarnings("ImmutableEnumChecker")
  private final ToDoubleFunction<ClassFigures> value;

  PixelFigure(String title, Unit unit, ToDoubleFunction<ClassFigures> value) {
    this.title = title;
    this.unit = unit;
    this.value = value;
  }

  /** Its name in JSON and CSV, such as {@code hd95_mm}. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What stands above a column, such as {@code HD95 (mm)}. */
  public String title() {
    return unit.text().isEmpty() ? title : title + " (" + unit.text() + ")";
  }

  /** What it counts in. */
  public Unit unit() {
    return unit;
  }

  /** The figure; NaN where there is none. */
  public double of(ClassFigures figures) {
    return value.applyAsDouble(figures);
  }

  /**
   * The figure of a key.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static PixelFigure of(String key) {
    return valueOf(key.toUpperCase(Locale.ROOT));
  }

  /** Whether there is a figure of a key. */
  public static boolean isKnown(String key) {
    return Arrays.stream(values()).anyMatch(one -> one.key().equals(key));
  }
}
