package org.swinengine.data.dicom;

/** Run-length encoded samples: a segment for each byte of each sample, the highest first (PS3.5, annex G). */
final class RlePixels {
  private static final int HEADER = 64;

  /** A run of 128 takes two bytes. */
  private static final long HIGHEST_RATIO = 64;

  private RlePixels() {}

  /** The samples of a frame with all their bits, pixel by pixel. */
  static int[] decode(byte[] frame, PixelForm form) throws DicomException {
    int pixels = form.pixels();
    int size = Math.max(1, form.bitsAllocated() / 8);
    int segments = form.samples() * size;
    if (frame.length < HEADER || number(frame, 0) != segments || form.bitsAllocated() == 1) {
      throw new DicomException("has RLE pixels without a header that goes with them");
    }
    if ((long) pixels * segments > HIGHEST_RATIO * frame.length) {
      throw new DicomException(
          "states " + form.columns() + "x" + form.rows() + " pixels, more than its " + frame.length
              + " bytes can be");
    }
    int[] samples = new int[pixels * form.samples()];
    for (int segment = 0; segment < segments; segment++) {
      int from = number(frame, 4 + 4 * segment);
      int to = segment + 1 < segments ? number(frame, 8 + 4 * segment) : frame.length;
      if (from < HEADER || to < from || to > frame.length) {
        throw new DicomException("is damaged: its RLE segments do not lie in it");
      }
      int shift = 8 * (size - 1 - segment % size);
      unpack(frame, from, to, samples, segment / size, form.samples(), shift);
    }
    return samples;
  }

  private static int number(byte[] bytes, int at) {
    return bytes[at] & 255 | (bytes[at + 1] & 255) << 8 | (bytes[at + 2] & 255) << 16 | bytes[at + 3] << 24;
  }

  private static void unpack(
      byte[] frame, int from, int to, int[] samples, int first, int step, int shift) throws DicomException {
    int at = from;
    int next = first;
    while (next < samples.length) {
      if (at >= to) {
        throw new DicomException("is cut off: an RLE segment ends before its picture");
      }
      int code = frame[at++];
      int run = code >= 0 ? code + 1 : 1 - code;
      if (code == -128) {
        continue;
      }
      if (at + (code >= 0 ? run : 1) > to) {
        throw new DicomException("is cut off: an RLE segment ends before its picture");
      }
      for (int i = 0; i < run && next < samples.length; i++, next += step) {
        samples[next] |= (frame[code >= 0 ? at + i : at] & 255) << shift;
      }
      at += code >= 0 ? run : 1;
    }
  }
}
