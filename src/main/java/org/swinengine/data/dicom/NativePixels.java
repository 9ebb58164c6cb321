package org.swinengine.data.dicom;

/** Uncompressed samples (PS3.5, 8.1). */
final class NativePixels {
  private NativePixels() {}

  /** The samples of a frame with all their bits, pixel by pixel; what is needed is known to be there. */
  static int[] of(PixelForm form, DicomSet.Element pixels, int frame) throws DicomException {
    int count = form.pixels() * form.samples();
    byte[] bytes = pixels.bytes();
    int[] samples = new int[count];
    if (form.bitsAllocated() == 1) {
      long first = (long) frame * count;
      for (int i = 0; i < count; i++) {
        long bit = first + i;
        samples[i] = bytes[pixels.start() + (int) (bit >> 3)] >> (bit & 7) & 1;
      }
      return samples;
    }
    int size = form.bitsAllocated() / 8;
    if (form.isHalved()) {
      return halved(form, pixels, frame);
    }
    int start = pixels.start() + Math.toIntExact((long) frame * count * size);
    // In words of big-endian files the first of two bytes is the upper one.
    boolean swapped = size == 1 && pixels.bigEndian() && pixels.vr().equals("OW");
    for (int i = 0; i < count; i++) {
      int at = start + i * size;
      int value;
      if (size == 1) {
        value = bytes[swapped ? at + 1 - 2 * (at - pixels.start() & 1) : at] & 255;
      } else {
        value = 0;
        for (int k = 0; k < size; k++) {
          value = value << 8 | bytes[pixels.bigEndian() ? at + k : at + size - 1 - k] & 255;
        }
      }
      samples[target(form, i, count)] = value;
    }
    return samples;
  }

  /** Where a sample goes when colours are brought together. */
  private static int target(PixelForm form, int index, int count) {
    int plane = count / form.samples();
    return form.planar() && form.samples() == 3 ? index % plane * 3 + index / plane : index;
  }

  /** Two luminances and then the two colour differences that both share. */
  private static int[] halved(PixelForm form, DicomSet.Element pixels, int frame) throws DicomException {
    if (form.bitsAllocated() != 8 || form.columns() % 2 != 0) {
      throw new DicomException("is YBR_FULL_422 of an odd width, or not of 8 bits");
    }
    int count = form.pixels();
    int start = pixels.start() + Math.toIntExact(2L * frame * count);
    byte[] bytes = pixels.bytes();
    int[] samples = new int[3 * count];
    for (int i = 0; i < count; i++) {
      int pair = start + (i >> 1) * 4;
      samples[3 * i] = bytes[pair + (i & 1)] & 255;
      samples[3 * i + 1] = bytes[pair + 2] & 255;
      samples[3 * i + 2] = bytes[pair + 3] & 255;
    }
    return samples;
  }
}
