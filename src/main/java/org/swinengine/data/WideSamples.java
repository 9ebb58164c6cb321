package org.swinengine.data;

import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Samples of more than 8 bits on their way to 8. */
final class WideSamples {
  private final Raster raster;
  private final int bits;
  private final int channels;
  private final Decoding decoding;
  private final @Nullable SampleHistogram histogram;
  private final boolean floating;
  private final boolean signed;
  private final int width;
  private final int bands;
  private final int[] integers;
  private final float[] floats;
  private double smallest = Double.POSITIVE_INFINITY;
  private double largest = Double.NEGATIVE_INFINITY;

  WideSamples(Raster raster, int bits, int channels, Decoding decoding) throws UnreadableImageException {
    this.raster = raster;
    this.bits = bits;
    this.channels = channels;
    this.decoding = decoding;
    histogram = decoding.histogram();
    int type = raster.getTransferType();
    floating = type == DataBuffer.TYPE_FLOAT || type == DataBuffer.TYPE_DOUBLE;
    signed = type == DataBuffer.TYPE_SHORT;
    width = raster.getWidth();
    bands = raster.getNumBands();
    integers = new int[floating ? 0 : width * bands];
    floats = new float[floating ? width * bands : 0];
    if (!floating && bits != 16 && bits != 32) {
      throw new UnreadableImageException("has samples of " + bits + " bits");
    }
  }

  /** Converts a row; returns the place after it. */
  int row(int y, byte[] pixels, int start) {
    int x0 = raster.getMinX();
    int y0 = raster.getMinY() + y;
    int next = start;
    if (floating) {
      raster.getPixels(x0, y0, width, 1, floats);
    } else {
      raster.getPixels(x0, y0, width, 1, integers);
    }
    for (int x = 0; x < width; x++) {
      for (int c = 0; c < channels; c++) {
        int index = x * bands + c;
        double value = floating ? floats[index] : integers[index];
        smallest = Math.min(smallest, value);
        largest = Math.max(largest, value);
        if (histogram == null) {
          pixels[next++] = (byte) level(index);
        } else {
          histogram.add((float) value);
        }
      }
    }
    return next;
  }

  private int level(int index) {
    SampleRange range = decoding.range();
    if (floating) {
      return range.level(floats[index]);
    }
    int value = integers[index];
    // Bits count from 0; the full range of signed samples begins below.
    return signed && range.kind() == SampleRange.Kind.FULL
        ? range.level(value + (1 << 15), bits)
        : range.level(signed && range.kind() == SampleRange.Kind.BITS ? Math.max(0, value) : value, bits);
  }

  /** After the last row: says what was lost, or that all would be. */
  void finish() throws UnreadableImageException {
    if (histogram != null || decoding.range().kind() != SampleRange.Kind.FULL) {
      return;
    }
    String values = String.format(Locale.ROOT, "from %s to %s", SampleRange.number(smallest),
        SampleRange.number(largest));
    if (floating ? smallest < 0 || largest > 1 : bits == 32) {
      throw new UnreadableImageException(
          (floating ? "has floats " : "has samples of 32 bits, ") + values
              + ", for which there is no usual range; say which values are black and white with `sampleRange`"
              + " window:LOW:HIGH or percentiles");
    }
    if (!floating && !signed && channels == 1 && largest < 1 << 14) {
      int used = 32 - Integer.numberOfLeadingZeros(Math.max(1, (int) largest));
      decoding.notes().accept(
          new PictureNote(
              PictureNote.Kind.UNUSED_LEVELS,
              "has 16-bit samples " + values + ", of which its upper bytes keep " + ((int) largest / 256 + 1)
                  + " levels; `sampleRange` bits:" + used
                  + " (or a window, or percentiles) shows all of them"));
    }
  }
}
