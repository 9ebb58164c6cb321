package org.swinengine.data.dicom;

/**
 * How pixels are stored (PS3.3, C.7.6.3).
 *
 * @param rows height
 * @param columns width
 * @param samples of a pixel, 1 or 3
 * @param bitsAllocated for a sample: 1, 8, 16 or 32
 * @param bitsStored of them used
 * @param highBit the highest of these
 * @param signed whether samples are numbers in two's complement
 * @param planar whether the colours of a frame lie one behind the other
 * @param photometric what the samples are, for instance MONOCHROME2
 * @param frames number of pictures
 */
record PixelForm(
    int rows, int columns, int samples, int bitsAllocated, int bitsStored, int highBit, boolean signed,
    boolean planar, String photometric, int frames) {
  static PixelForm of(DicomSet set) throws DicomException {
    int allocated = set.unsigned16(0x00280100, 0);
    int stored = set.unsigned16(0x00280101, allocated);
    double frames = set.decimal(0x00280008, 1);
    PixelForm form =
        new PixelForm(
            set.unsigned16(0x00280010, 0), set.unsigned16(0x00280011, 0), set.unsigned16(0x00280002, 1),
            allocated, stored, set.unsigned16(0x00280102, stored - 1),
            set.unsigned16(0x00280103, 0) == 1, set.unsigned16(0x00280006, 0) == 1,
            set.text(0x00280004, "MONOCHROME2"), (int) Math.max(1, Math.min(frames, Integer.MAX_VALUE)));
    form.check();
    return form;
  }

  private void check() throws DicomException {
    if (rows < 1 || columns < 1) {
      throw new DicomException("is DICOM without a picture: it states " + columns + "x" + rows + " pixels");
    }
    if (samples != 1 && samples != 3) {
      throw new DicomException("has " + samples + " samples a pixel; 1 and 3 are read");
    }
    if (bitsAllocated != 1 && bitsAllocated != 8 && bitsAllocated != 16 && bitsAllocated != 32) {
      throw new DicomException("has samples of " + bitsAllocated + " bits; 1, 8, 16 and 32 are read");
    }
    if (bitsStored < 1 || bitsStored > bitsAllocated || highBit < bitsStored - 1
        || highBit >= bitsAllocated) {
      throw new DicomException(
          "states " + bitsStored + " bits up to bit " + highBit + " in samples of " + bitsAllocated
              + ", which does not fit");
    }
    boolean grey = photometric.startsWith("MONOCHROME") || photometric.equals("PALETTE COLOR");
    if (grey != (samples == 1) || samples == 3 && bitsAllocated != 8 && bitsAllocated != 16) {
      throw new DicomException(
          "has " + samples + " samples of " + bitsAllocated + " bits a pixel, which does not go with "
              + photometric);
    }
  }

  int pixels() throws DicomException {
    long pixels = (long) rows * columns;
    if (pixels * samples > Integer.MAX_VALUE - 16) {
      throw new DicomException("states a size of " + columns + "x" + rows + " pixels, which is too large");
    }
    return (int) pixels;
  }

  boolean isHalved() {
    return photometric.equals("YBR_FULL_422");
  }

  /** A sample's bits as a number. */
  int value(int raw) {
    int shifted = raw >>> highBit - bitsStored + 1;
    int unused = 32 - bitsStored;
    return signed ? shifted << unused >> unused : shifted << unused >>> unused;
  }

  /** The smallest value that a sample can have. */
  long smallest() {
    return signed ? -(1L << bitsStored - 1) : 0;
  }
}
