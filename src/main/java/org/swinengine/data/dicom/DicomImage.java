package org.swinengine.data.dicom;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The pictures of a DICOM file. Samples are given as they are stored; {@link #grey} says what they mean.
 *
 * <p>Read are uncompressed files of either byte order, with and without representations, deflated ones, RLE,
 * and JPEG as far as the caller decodes it.
 */
public final class DicomImage {
  /** Decodes a JPEG image. */
  public interface JpegDecoder {
    /**
     * The samples of a JPEG image, pixel by pixel, colours as red, green and blue.
     *
     * @param jpeg its bytes
     * @param lossless whether it is a lossless one, whose samples may have up to 16 bits
     * @throws IOException if it cannot be decoded
     */
    int[] decode(byte[] jpeg, boolean lossless) throws IOException;
  }

  private final DicomSet set;
  private final TransferSyntax syntax;
  private final PixelForm form;
  private final DicomSet.Element pixels;

  private DicomImage(DicomSet set, TransferSyntax syntax, PixelForm form, DicomSet.Element pixels) {
    this.set = set;
    this.syntax = syntax;
    this.form = form;
    this.pixels = pixels;
  }

  /** Whether these bytes begin as a DICOM file does. */
  public static boolean isDicom(byte[] file) {
    return DicomReader.isDicom(file);
  }

  /**
   * Reads a file's elements; its pixels are not decoded.
   *
   * @param most bytes that a deflated file may grow to
   * @throws DicomException if it is damaged, or has no pictures that are read
   */
  public static DicomImage of(byte[] file, long most) throws DicomException {
    DicomReader.Read read = DicomReader.read(file, most);
    DicomSet.Element pixels = read.set().get(DicomReader.PIXEL_DATA);
    if (pixels == null) {
      throw new DicomException("is DICOM without pixels");
    }
    PixelForm form = PixelForm.of(read.set());
    DicomImage image = new DicomImage(read.set(), read.syntax(), form, pixels);
    image.requirePixels();
    return image;
  }

  /** Height in pixels. */
  public int rows() {
    return form.rows();
  }

  /** Width in pixels. */
  public int columns() {
    return form.columns();
  }

  /** Number of pictures, at least 1. */
  public int frames() {
    return form.frames();
  }

  /** Whether pixels are colours: of a palette, or three samples each. */
  public boolean isColour() {
    return form.samples() == 3 || form.photometric().equals("PALETTE COLOR");
  }

  /** Bits of a sample that are used. */
  public int bits() {
    return form.bitsStored();
  }

  /**
   * Where a picture stands.
   *
   * @param frame from 0
   */
  public SliceHeader header(int frame) throws DicomException {
    return SliceHeader.of(set, frame);
  }

  /** Elements for this package. */
  DicomSet set() {
    return set;
  }

  /** What must be there in any case, so that nothing is allocated for pixels that are not. */
  private void requirePixels() throws DicomException {
    form.pixels();
    boolean compressed = syntax.pixels() != TransferSyntax.Pixels.NATIVE;
    if (compressed != (pixels.fragments() != null)) {
      throw new DicomException(
          "has pixels that are " + (compressed ? "not " : "") + "in fragments, against its transfer syntax");
    }
    List<int[]> fragments = pixels.fragments();
    if (fragments != null && form.frames() > Math.max(1, fragments.size() - 1)) {
      throw new DicomException(
          "states " + form.frames() + " pictures, but has " + Math.max(0, fragments.size() - 1)
              + " fragments");
    }
    // Divided, because the product may be beyond 2^63.
    if (!compressed && form.frames() > 8L * pixels.length() / frameBits()) {
      throw new DicomException(
          "is cut off: " + form.frames() + " of " + form.columns() + "x" + form.rows()
              + " pixels need " + (frameBits() * form.frames() + 7) / 8 + " bytes, and "
              + pixels.length() + " are there");
    }
  }

  private long frameBits() throws DicomException {
    long samples = form.isHalved() ? 2L * form.pixels() : (long) form.pixels() * form.samples();
    return samples * form.bitsAllocated();
  }

  /**
   * Values that grey samples stand for.
   *
   * @param frame from 0
   */
  public GreyValues grey(int frame) throws DicomException {
    return GreyValues.of(set, form, frame);
  }

  /**
   * The samples of a grey picture as they are stored, row by row.
   *
   * @param frame from 0
   * @throws IOException if it cannot be decoded
   */
  public int[] samples(int frame, JpegDecoder jpeg) throws IOException {
    int[] raw = stored(frame, jpeg);
    for (int i = 0; i < raw.length; i++) {
      raw[i] = form.value(raw[i]);
    }
    return raw;
  }

  /**
   * A colour picture: red, green and blue bytes, pixel by pixel.
   *
   * @param frame from 0
   * @throws IOException if it cannot be decoded
   */
  public byte[] colours(int frame, JpegDecoder jpeg) throws IOException {
    boolean fromJpeg = syntax.pixels() == TransferSyntax.Pixels.JPEG;
    int[] raw = stored(frame, jpeg);
    if (form.samples() == 1) {
      return ColourPixels.ofPalette(set, form, raw);
    }
    return ColourPixels.of(form, raw, !fromJpeg);
  }

  private int[] stored(int frame, JpegDecoder jpeg) throws IOException {
    if (frame < 0 || frame >= form.frames()) {
      throw new IllegalArgumentException("frame " + frame + " of " + form.frames());
    }
    int count = form.pixels() * form.samples();
    return switch (syntax.pixels()) {
      case NATIVE -> NativePixels.of(form, pixels, frame);
      case RLE -> RlePixels.decode(frameBytes(frame), form);
      case JPEG, JPEG_LOSSLESS -> {
        boolean lossless = syntax.pixels() == TransferSyntax.Pixels.JPEG_LOSSLESS;
        int[] samples = jpeg.decode(frameBytes(frame), lossless);
        if (samples.length != count) {
          throw new DicomException(
              "has a JPEG picture of " + samples.length + " samples where " + count + " were expected");
        }
        yield samples;
      }
    };
  }

  /** The fragments of a frame in one. */
  private byte[] frameBytes(int frame) throws DicomException {
    List<int[]> all = Objects.requireNonNull(pixels.fragments());
    List<int[]> data = all.isEmpty() ? all : all.subList(1, all.size());
    if (data.isEmpty()) {
      throw new DicomException("has no pixels");
    }
    int first = 0;
    int last = data.size();
    if (form.frames() > 1) {
      if (data.size() == form.frames()) {
        first = frame;
        last = frame + 1;
      } else {
        int[] offsets = offsets(all.get(0));
        if (offsets == null) {
          throw new DicomException(
              "has " + data.size() + " fragments for " + form.frames()
                  + " pictures, and no table that tells which are whose");
        }
        first = fragmentAt(data, offsets[frame]);
        last = frame + 1 < offsets.length ? fragmentAt(data, offsets[frame + 1]) : data.size();
      }
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int[] fragment : data.subList(first, Math.max(first, last))) {
      out.write(pixels.bytes(), fragment[0], fragment[1]);
    }
    return out.toByteArray();
  }

  private int @Nullable [] offsets(int[] table) {
    if (table[1] / 4 != form.frames()) {
      return null;
    }
    int[] offsets = new int[form.frames()];
    for (int i = 0; i < offsets.length; i++) {
      for (int k = 3; k >= 0; k--) {
        offsets[i] = offsets[i] << 8 | pixels.bytes()[table[0] + 4 * i + k] & 255;
      }
    }
    return offsets;
  }

  /** The fragment that begins so many bytes behind the first one's header. */
  private static int fragmentAt(List<int[]> data, int offset) throws DicomException {
    int origin = data.get(0)[0];
    for (int i = 0; i < data.size(); i++) {
      if (data.get(i)[0] - origin == offset) {
        return i;
      }
    }
    throw new DicomException("is damaged: its table of pictures points to no fragment");
  }
}
