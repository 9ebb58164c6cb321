package org.swinengine.data;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.IndexColorModel;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import org.jspecify.annotations.Nullable;

/** Turns what the JDK's image readers give into grey or RGB bytes. */
final class DecodedPixels {
  private DecodedPixels() {}

  /**
   * Converts an image, which is not used any more: its memory may become the result's.
   *
   * @param palette colours 0xRRGGBB to use instead of the image's own, or null
   */
  static RawImage of(BufferedImage image, int @Nullable [] palette, Decoding decoding)
      throws UnreadableImageException {
    ColorModel model = image.getColorModel();
    Raster raster = image.getRaster();
    if (model instanceof IndexColorModel indexed) {
      return fromPalette(raster, palette == null ? colours(indexed) : palette);
    }
    int space = model.getColorSpace().getType();
    boolean grey = space == ColorSpace.TYPE_GRAY;
    if (grey || space == ColorSpace.TYPE_RGB) {
      return fromBands(raster, model.getComponentSize(), grey ? 1 : 3, decoding);
    }
    int type = model.getTransferType();
    if (type != DataBuffer.TYPE_BYTE && type != DataBuffer.TYPE_USHORT && type != DataBuffer.TYPE_INT) {
      throw new UnreadableImageException("has samples that are neither 8 nor 16 bits wide");
    }
    return space == ColorSpace.TYPE_CMYK ? CmykPixels.fromInk(raster) : fromPackedRgb(image);
  }

  /** From floats, grey or red, green and blue. */
  static RawImage ofFloats(Raster raster, Decoding decoding) throws UnreadableImageException {
    return fromBands(raster, new int[] {32}, raster.getNumBands() >= 3 ? 3 : 1, decoding);
  }

  /** From whole numbers, grey or red, green and blue. */
  static RawImage ofIntegers(Raster raster, int bits, int channels, Decoding decoding)
      throws UnreadableImageException {
    return fromBands(raster, new int[] {bits, bits, bits}, channels, decoding);
  }

  private static RawImage fromBands(Raster raster, int[] bits, int channels, Decoding decoding)
      throws UnreadableImageException {
    int height = raster.getHeight();
    int width = raster.getWidth();
    int bands = raster.getNumBands();
    if (bits[0] == 8 && bands == channels && raster.getTransferType() == DataBuffer.TYPE_BYTE) {
      byte[] own = ownBytes(raster, channels);
      if (own != null) {
        return new RawImage(height, width, channels, own);
      }
    }
    byte[] pixels = new byte[height * width * channels];
    WideSamples wide = bits[0] > 8 ? new WideSamples(raster, bits[0], channels, decoding) : null;
    int[] row = new int[wide == null ? width * bands : 0];
    int next = 0;
    for (int y = 0; y < height; y++) {
      if (wide != null) {
        next = wide.row(y, pixels, next);
        continue;
      }
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
      for (int x = 0; x < width; x++) {
        for (int c = 0; c < channels; c++) {
          pixels[next++] = (byte) SampleRange.FULL.level(row[x * bands + c], bits[c]);
        }
      }
    }
    if (wide != null) {
      wide.finish();
    }
    return new RawImage(height, width, channels, pixels);
  }

  /** The raster's own bytes in the order red, green, blue, or null where they lie otherwise. */
  private static byte @Nullable [] ownBytes(Raster raster, int channels) {
    if (!(raster.getDataBuffer() instanceof DataBufferByte buffer)
        || !(raster.getSampleModel() instanceof PixelInterleavedSampleModel model)
        || buffer.getOffset() != 0
        || buffer.getData().length != raster.getWidth() * raster.getHeight() * channels
        || model.getPixelStride() != channels
        || model.getScanlineStride() != channels * raster.getWidth()) {
      return null;
    }
    byte[] bytes = buffer.getData();
    int[] offsets = model.getBandOffsets();
    if (channels == 3 && offsets[0] == 2 && offsets[1] == 1 && offsets[2] == 0) {
      for (int i = 0; i < bytes.length; i += 3) {
        byte blue = bytes[i];
        bytes[i] = bytes[i + 2];
        bytes[i + 2] = blue;
      }
      return bytes;
    }
    for (int c = 0; c < channels; c++) {
      if (offsets[c] != c) {
        return null;
      }
    }
    return bytes;
  }

  private static int[] colours(IndexColorModel palette) {
    int[] colours = new int[palette.getMapSize()];
    palette.getRGBs(colours);
    return colours;
  }

  private static RawImage fromPalette(Raster raster, int[] colours) {
    int height = raster.getHeight();
    int width = raster.getWidth();
    boolean grey = true;
    for (int colour : colours) {
      grey &= (colour >> 16 & 255) == (colour & 255) && (colour >> 8 & 255) == (colour & 255);
    }
    int channels = grey ? 1 : 3;
    byte[] pixels = new byte[height * width * channels];
    int[] row = new int[width];
    int next = 0;
    for (int y = 0; y < height; y++) {
      raster.getSamples(raster.getMinX(), raster.getMinY() + y, width, 1, 0, row);
      for (int x = 0; x < width; x++) {
        // Pillow paints an index beyond the palette black.
        int colour = row[x] < colours.length ? colours[row[x]] : 0;
        next = put(pixels, next, colour, channels);
      }
    }
    return new RawImage(height, width, channels, pixels);
  }

  private static RawImage fromPackedRgb(BufferedImage image) {
    int height = image.getHeight();
    int width = image.getWidth();
    byte[] pixels = new byte[height * width * 3];
    int[] row = new int[width];
    int next = 0;
    for (int y = 0; y < height; y++) {
      image.getRGB(0, y, width, 1, row, 0, width);
      for (int colour : row) {
        next = put(pixels, next, colour, 3);
      }
    }
    return new RawImage(height, width, 3, pixels);
  }

  private static int put(byte[] pixels, int at, int colour, int channels) {
    if (channels == 3) {
      pixels[at++] = (byte) (colour >> 16);
      pixels[at++] = (byte) (colour >> 8);
    }
    pixels[at++] = (byte) colour;
    return at;
  }
}
