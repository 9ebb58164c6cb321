package org.swinengine.data;

import java.util.Arrays;

/**
 * A decoded image: unsigned bytes, rows from top to bottom, channels interleaved (HWC): grey, RGB, or grey
 * slices that are neighbours in a volume, the one that is meant in the middle.
 *
 * <p>The array is not copied and must not be changed after construction.
 *
 * @param height in pixels, at least 1
 * @param width in pixels, at least 1
 * @param channels 1 (grey), 3 (red, green, blue), or an odd number of neighbouring slices
 * @param pixels height × width × channels bytes
 */
public record RawImage(int height, int width, int channels, byte[] pixels) {
  /** Checks that the array has the stated size. */
  public RawImage {
    if (height < 1 || width < 1 || channels < 1 || channels % 2 == 0) {
      throw new IllegalArgumentException(
          "image is " + height + "x" + width + " with " + channels
              + " channels; needs 1 or 3 channels, or an odd number of slices, and no side 0");
    }
    if ((long) height * width * channels != pixels.length) {
      throw new IllegalArgumentException(
          "image is " + height + "x" + width + "x" + channels + " but has " + pixels.length + " bytes");
    }
  }

  /**
   * Returns this image with the given number of channels. Grey becomes three equal channels; RGB becomes the
   * luma of ITU-R 601 in Pillow's integers, (19595 R + 38470 G + 7471 B + 32768) / 65536. Of more slices than
   * three the one in the middle counts.
   *
   * @param wanted 1 or 3
   * @throws IllegalArgumentException for any other number: nothing says what further channels would show
   */
  public RawImage withChannels(int wanted) {
    if (wanted == channels) {
      return this;
    }
    if (wanted != 1 && wanted != 3) {
      throw new IllegalArgumentException(
          "pictures have 1 or 3 channels, and the model takes " + wanted
              + "; its input can only be given as an array");
    }
    int count = height * width;
    if (channels > 3) {
      byte[] middle = new byte[count];
      for (int i = 0; i < count; i++) {
        middle[i] = pixels[i * channels + channels / 2];
      }
      return new RawImage(height, width, 1, middle).withChannels(wanted);
    }
    byte[] result = new byte[Math.multiplyExact(count, wanted)];
    if (wanted == 3) {
      for (int i = 0; i < count; i++) {
        Arrays.fill(result, 3 * i, 3 * i + 3, pixels[i]);
      }
    } else {
      for (int i = 0; i < count; i++) {
        result[i] = (byte) luma(pixels[3 * i] & 255, pixels[3 * i + 1] & 255, pixels[3 * i + 2] & 255);
      }
    }
    return new RawImage(height, width, wanted, result);
  }

  /** Pillow's conversion of a pixel to grey, in 0..255. */
  static int luma(int red, int green, int blue) {
    return (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
  }

  /**
   * Returns a rectangle of this image; what lies outside of the image is black.
   *
   * @param top first row, may be negative
   * @param left first column, may be negative
   * @param cropHeight of the result, at least 1
   * @param cropWidth of the result, at least 1
   */
  public RawImage crop(int top, int left, int cropHeight, int cropWidth) {
    return crop(top, left, cropHeight, cropWidth, 0);
  }

  /** The same with another value, 0 to 255, of all channels outside of the image. */
  RawImage crop(int top, int left, int cropHeight, int cropWidth, int fill) {
    if (top == 0 && left == 0 && cropHeight == height && cropWidth == width) {
      return this;
    }
    byte[] result = new byte[Math.multiplyExact(Math.multiplyExact(cropHeight, cropWidth), channels)];
    if (fill != 0) {
      Arrays.fill(result, (byte) fill);
    }
    int firstColumn = Math.max(left, 0);
    int lastColumn = Math.min(left + cropWidth, width);
    int firstRow = Math.max(top, 0);
    int lastRow = Math.min(top + cropHeight, height);
    if (firstColumn < lastColumn) {
      for (int row = firstRow; row < lastRow; row++) {
        System.arraycopy(
            pixels, (row * width + firstColumn) * channels,
            result, ((row - top) * cropWidth + firstColumn - left) * channels,
            (lastColumn - firstColumn) * channels);
      }
    }
    return new RawImage(cropHeight, cropWidth, channels, result);
  }
}
