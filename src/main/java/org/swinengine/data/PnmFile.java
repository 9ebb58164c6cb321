package org.swinengine.data;

import java.awt.image.DataBuffer;
import java.awt.image.DataBufferUShort;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;

/** Portable bitmaps, greymaps and pixmaps: P1 to P6. */
final class PnmFile {
  private final byte[] file;
  private int at = 2;

  private PnmFile(byte[] file) {
    this.file = file;
  }

  static boolean isPnm(byte[] file) {
    return file.length > 2
        && file[0] == 'P'
        && file[1] >= '1'
        && file[1] <= '6'
        && (isBlank(file[2]) || file[2] == '#');
  }

  static RawImage decode(byte[] file, Decoding how) throws UnreadableImageException {
    return new PnmFile(file).decode(how);
  }

  private RawImage decode(Decoding how) throws UnreadableImageException {
    int kind = file[1] - '0';
    boolean text = kind <= 3;
    boolean bitmap = kind == 1 || kind == 4;
    int channels = kind % 3 == 0 ? 3 : 1;
    int width = number();
    int height = number();
    int highest = bitmap ? 1 : number();
    if (width < 1 || height < 1 || highest < 1 || highest > 65_535) {
      throw new UnreadableImageException(
          "states " + width + "x" + height + " pixels with values to " + highest
              + ", which no such file has");
    }
    // One blank ends the header.
    at++;
    boolean twoBytes = highest > 255;
    // Pillow rounds colours of 16 bits, where it only takes the upper byte of other formats'.
    boolean rounded = channels == 3 && how.range().kind() == SampleRange.Kind.FULL && how.histogram() == null;
    boolean wide = twoBytes && !rounded;
    PictureMemory.OF_HEAP.requireWhole(width, height, channels * (wide ? 3 : 1), file.length);
    int count = width * height * channels;
    long needed = kind == 4 ? (width + 7L) / 8 * height : text ? count : (long) count * (twoBytes ? 2 : 1);
    if (needed > file.length - at) {
      throw new UnreadableImageException("is cut off");
    }
    try (PictureMemory.Lease lease = PictureMemory.OF_HEAP.take((long) count * (wide ? 3 : 1))) {
      short[] wideSamples = new short[wide ? count : 0];
      byte[] samples = new byte[wide ? 0 : count];
      for (int i = 0; i < count; i++) {
        int value = text ? textSample(bitmap) : kind == 4 ? bit(i, width) : binarySample(twoBytes);
        if (bitmap) {
          samples[i] = (byte) (value == 0 ? 255 : 0);
        } else if (wide) {
          wideSamples[i] = (short) scaled(value, highest, 65_535);
        } else {
          samples[i] = (byte) scaled(value, highest, 255);
        }
      }
      if (!wide) {
        return new RawImage(height, width, channels, samples);
      }
      return DecodedPixels.ofIntegers(raster(wideSamples, width, height, channels), 16, channels, how);
    }
  }

  private static WritableRaster raster(short[] samples, int width, int height, int channels) {
    int[] offsets = channels == 1 ? new int[] {0} : new int[] {0, 1, 2};
    return Raster.createWritableRaster(
        new PixelInterleavedSampleModel(
            DataBuffer.TYPE_USHORT, width, height, channels, channels * width, offsets),
        new DataBufferUShort(samples, samples.length),
        null);
  }

  private static int scaled(int value, int highest, int most) {
    return highest == most ? value : Math.min(most, (int) Math.rint((double) value / highest * most));
  }

  private int binarySample(boolean twoBytes) {
    int value = twoBytes ? Bytes.big16(file, at) : Bytes.at(file, at);
    at += twoBytes ? 2 : 1;
    return value;
  }

  private int bit(int pixel, int width) {
    int x = pixel % width;
    int start = at + pixel / width * ((width + 7) / 8);
    return file[start + x / 8] >> 7 - x % 8 & 1;
  }

  private int textSample(boolean bitmap) throws UnreadableImageException {
    if (!bitmap) {
      return number();
    }
    // Bits need no blanks between them.
    skipBlanks();
    if (at >= file.length) {
      throw new UnreadableImageException("is cut off");
    }
    return file[at++] - '0';
  }

  private int number() throws UnreadableImageException {
    skipBlanks();
    int start = at;
    long value = 0;
    while (at < file.length && file[at] >= '0' && file[at] <= '9' && at - start < 9) {
      value = 10 * value + file[at++] - '0';
    }
    if (at == start) {
      throw new UnreadableImageException("is damaged or cut off (a number is missing)");
    }
    return (int) value;
  }

  private void skipBlanks() {
    while (at < file.length && (isBlank(file[at]) || file[at] == '#')) {
      if (file[at] == '#') {
        while (at < file.length && file[at] != '\n' && file[at] != '\r') {
          at++;
        }
      } else {
        at++;
      }
    }
  }

  private static boolean isBlank(byte value) {
    return value == ' ' || value >= 9 && value <= 13;
  }
}
