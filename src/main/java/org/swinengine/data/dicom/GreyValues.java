package org.swinengine.data.dicom;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What the stored samples of a grey picture mean, and how they are to be shown: the modality's values
 * (Hounsfield units, for instance; PS3.3, C.11.1), and the window or table of values of interest (C.11.2).
 */
public final class GreyValues {
  private static final int WINDOW_CENTER = 0x00281050;
  private static final int WINDOW_WIDTH = 0x00281051;
  private static final int SHARED_GROUPS = 0x52009229;
  private static final int FRAME_GROUPS = 0x52009230;

  private final PixelForm form;
  private final double slope;
  private final double intercept;
  private final @Nullable LookupTable modality;
  private final @Nullable LookupTable interest;
  private final @Nullable Window window;

  private record Window(double center, double width, String function) {
    /** Black is 0 and white 1. */
    double level(double value) throws DicomException {
      return switch (function) {
        case "LINEAR" -> width <= 1 ? value <= center - 0.5 ? 0 : 1
            : (value - (center - 0.5)) / (width - 1) + 0.5;
        case "LINEAR_EXACT" -> (value - center) / width + 0.5;
        case "SIGMOID" -> 1 / (1 + StrictMath.exp(-4 * (value - center) / width));
        default -> throw new DicomException("has a window of the kind " + function + ", which is not known");
      };
    }
  }

  private GreyValues(
      PixelForm form, double slope, double intercept, @Nullable LookupTable modality,
      @Nullable LookupTable interest, @Nullable Window window) {
    this.form = form;
    this.slope = slope;
    this.intercept = intercept;
    this.modality = modality;
    this.interest = interest;
    this.window = window;
  }

  static GreyValues of(DicomSet set, PixelForm form, int frame) throws DicomException {
    DicomSet transform = group(set, frame, 0x00289145);
    DicomSet modalityItem = set.item(0x00283000, 0);
    LookupTable modality =
        modalityItem == null ? null
            : LookupTable.of(modalityItem, 0x00283002, 0x00283006, form.signed());
    DicomSet rescale = transform == null ? set : transform;
    double intercept = rescale.decimal(0x00281052, 0);
    double slope = rescale.decimal(0x00281053, 1);
    boolean signedValues = modality == null && (form.signed() || intercept < 0);
    DicomSet interestItem = set.item(0x00283010, 0);
    LookupTable interest =
        interestItem == null ? null : LookupTable.of(interestItem, 0x00283002, 0x00283006, signedValues);
    DicomSet shown = group(set, frame, 0x00289132);
    return new GreyValues(
        form, slope, intercept, modality, interest, window(shown == null ? set : shown));
  }

  private static @Nullable Window window(DicomSet set) throws DicomException {
    if (!set.has(WINDOW_CENTER) || !set.has(WINDOW_WIDTH)) {
      return null;
    }
    String function = set.text(0x00281056, "LINEAR").toUpperCase(Locale.ROOT);
    double width = set.decimal(WINDOW_WIDTH, 0);
    boolean linear = function.equals("LINEAR");
    // Some writers leave zeros where they mean no window.
    return width <= 0 || linear && width < 1 ? null
        : new Window(set.decimal(WINDOW_CENTER, 0), width, function);
  }

  /** What the functional groups of an enhanced file say of a frame, or of all; null: nothing. */
  static @Nullable DicomSet group(DicomSet set, int frame, int sequence) {
    DicomSet own = set.item(FRAME_GROUPS, frame);
    DicomSet found = own == null ? null : own.item(sequence, 0);
    if (found != null) {
      return found;
    }
    DicomSet shared = set.item(SHARED_GROUPS, 0);
    return shared == null ? null : shared.item(sequence, 0);
  }

  /** Whether the modality's values are the stored samples. */
  public boolean isPlain() {
    return modality == null && slope == 1 && intercept == 0;
  }

  /** Whether the file says how its values are to be shown. */
  public boolean isWindowed() {
    return window != null || interest != null;
  }

  /** Whether small values are white. */
  public boolean isInverted() {
    return form.photometric().equals("MONOCHROME1");
  }

  /** The modality's value of a stored sample. */
  public double value(int sample) {
    return modality != null ? modality.at(sample) : sample * slope + intercept;
  }

  /**
   * The level of a stored sample as the file wants it shown, 0 to 255, before {@link #isInverted}: through
   * the table of values of interest, or else the first window, or else the full range of its bits.
   */
  public int level(int sample) throws DicomException {
    if (interest != null) {
      return rounded((double) interest.at(value(sample)) / interest.highest());
    }
    if (window != null) {
      return rounded(window.level(value(sample)));
    }
    if (modality != null) {
      return upper(modality.at(sample), modality.bits());
    }
    int level = upper(sample - form.smallest(), form.bitsStored());
    return slope < 0 ? 255 - level : level;
  }

  private static int rounded(double part) {
    return (int) Math.floor(255 * Math.max(0, Math.min(1, part)) + 0.5);
  }

  /** The upper eight bits, as of all pictures that have more. */
  private static int upper(long value, int bits) {
    return (int) (bits >= 8 ? value >> bits - 8 : value * 255 / ((1L << bits) - 1));
  }
}
