package org.swinengine.data;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.swinengine.data.webp.Vp8Decoder;

/**
 * The first picture of a WebP file, without what is not to change its pixels: colour profile, transparency,
 * animation.
 */
final class WebpFile {
  private static final int HEADER = 12;

  /** What decoding takes at most, with transparency. */
  private static final int BYTES_PER_PIXEL = 7;

  private final byte[] file;

  /** Where the chunk of pixels begins, −1 before it is found. */
  private int pixels = -1;

  private int left;
  private int top;
  private int canvasWidth;
  private int canvasHeight;

  private WebpFile(byte[] file) {
    this.file = file;
  }

  static boolean isWebp(byte[] file) {
    return file.length >= HEADER && isAt(file, 0, "RIFF") && isAt(file, 8, "WEBP");
  }

  static RawImage decode(byte[] file, Decoding how) throws IOException {
    return new WebpFile(file).decode(how);
  }

  private RawImage decode(Decoding how) throws IOException {
    find(HEADER, file.length, false);
    if (pixels < 0) {
      throw new UnreadableImageException("is cut off or holds no picture");
    }
    long length = Bytes.little32(file, pixels + 4);
    if (length > file.length - pixels - 8L) {
      throw new UnreadableImageException("is cut off");
    }
    try {
      return file[pixels + 3] == ' ' ? decodeLossy((int) length, how) : decodeLossless((int) length, how);
    } catch (EOFException e) {
      throw new UnreadableImageException("is cut off", e);
    }
  }

  private RawImage decodeLossy(int length, Decoding how) throws IOException {
    Vp8Decoder decoder = Vp8Decoder.open(file, pixels + 8, pixels + 8 + length);
    int width = decoder.width();
    int height = decoder.height();
    boolean placed = isPlaced(width, height);
    int step = PictureMemory.OF_HEAP.step(width, height, 3, file.length);
    int rows = (height + step - 1) / step;
    int columns = (width + step - 1) / step;
    RawImage picture;
    try (PictureMemory.Lease lease = PictureMemory.OF_HEAP.take(3L * rows * columns)) {
      picture = new RawImage(rows, columns, 3, decoder.decode(step));
    }
    if (step > 1) {
      how.notes().accept(PictureMemory.note(width, height, step));
    }
    return placed ? picture.crop(-top, -left, canvasHeight, canvasWidth) : picture;
  }

  private RawImage decodeLossless(int length, Decoding how) throws IOException {
    if (length < 5) {
      throw new EOFException("the lossless WebP picture is cut off");
    }
    long size = Bytes.little32(file, pixels + 9);
    boolean placed = isPlaced((int) (size & 0x3fff) + 1, (int) (size >> 14 & 0x3fff) + 1);
    RawImage picture = ImageDecoder.decodePlain(plain(length), null, how);
    return placed ? picture.crop(-top, -left, canvasHeight, canvasWidth) : picture;
  }

  /** Whether the picture is a part of a canvas; both must then be had whole. */
  private boolean isPlaced(int width, int height) throws UnreadableImageException {
    if (canvasWidth == 0 || (canvasWidth == width && canvasHeight == height)) {
      return false;
    }
    PictureMemory.OF_HEAP.requireWhole(width, height, BYTES_PER_PIXEL, file.length);
    PictureMemory.OF_HEAP.requireWhole(canvasWidth, canvasHeight, 3, file.length);
    return true;
  }

  private void find(int from, int end, boolean inFrame) {
    for (long at = from; at + 8 <= end && pixels < 0;) {
      int start = (int) at;
      long length = Bytes.little32(file, start + 4);
      if (isAt(file, start, "VP8 ") || isAt(file, start, "VP8L")) {
        pixels = start;
      } else if (isAt(file, start, "VP8X") && start + 18 <= end) {
        canvasWidth = Bytes.little24(file, start + 12) + 1;
        canvasHeight = Bytes.little24(file, start + 15) + 1;
      } else if (isAt(file, start, "ANMF") && start + 24 <= end && !inFrame) {
        left = 2 * Bytes.little24(file, start + 8);
        top = 2 * Bytes.little24(file, start + 11);
        find(start + 24, (int) Math.min(end, start + 8 + length), true);
      }
      at += 8 + length + (length & 1);
    }
  }

  /** A file of the chunk of pixels alone. */
  private byte[] plain(int length) {
    ByteArrayOutputStream plain = new ByteArrayOutputStream(length + 21);
    plain.writeBytes("RIFF".getBytes(StandardCharsets.ISO_8859_1));
    int riff = 4 + 8 + length + (length & 1);
    for (int i = 0; i < 4; i++) {
      plain.write(riff >> 8 * i);
    }
    plain.writeBytes("WEBP".getBytes(StandardCharsets.ISO_8859_1));
    plain.write(file, pixels, 8 + length);
    if ((length & 1) == 1) {
      plain.write(0);
    }
    return plain.toByteArray();
  }

  private static boolean isAt(byte[] file, int at, String name) {
    for (int i = 0; i < name.length(); i++) {
      if (file[at + i] != name.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
