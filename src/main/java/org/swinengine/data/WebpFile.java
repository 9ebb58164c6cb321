package org.swinengine.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * The first picture of a WebP file, without what is not to change its pixels: colour profile, transparency,
 * animation.
 */
final class WebpFile {
  private static final int HEADER = 12;

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
    find(HEADER, file.length);
    if (pixels < 0) {
      throw new UnreadableImageException("is cut off or holds no picture");
    }
    long length = Bytes.little32(file, pixels + 4);
    if (length > file.length - pixels - 8L) {
      throw new UnreadableImageException("is cut off");
    }
    RawImage picture = decodeChunk((int) length, how);
    if (canvasWidth == 0 || (canvasWidth == picture.width() && canvasHeight == picture.height())) {
      return picture;
    }
    PictureMemory.OF_HEAP.requireWhole(canvasWidth, canvasHeight, 3, file.length);
    return picture.crop(-top, -left, canvasHeight, canvasWidth);
  }

  private void find(int from, int end) {
    for (long at = from; at + 8 <= end && pixels < 0;) {
      int start = (int) at;
      long length = Bytes.little32(file, start + 4);
      if (isAt(file, start, "VP8 ") || isAt(file, start, "VP8L")) {
        pixels = start;
      } else if (isAt(file, start, "VP8X") && start + 18 <= end) {
        canvasWidth = Bytes.little24(file, start + 12) + 1;
        canvasHeight = Bytes.little24(file, start + 15) + 1;
      } else if (isAt(file, start, "ANMF") && start + 24 <= end) {
        left = 2 * Bytes.little24(file, start + 8);
        top = 2 * Bytes.little24(file, start + 11);
        find(start + 24, (int) Math.min(end, start + 8 + length));
      }
      at += 8 + length + (length & 1);
    }
  }

  private RawImage decodeChunk(int length, Decoding how) throws IOException {
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
    return ImageDecoder.decodePlain(plain.toByteArray(), null, how);
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
