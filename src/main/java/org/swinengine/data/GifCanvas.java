package org.swinengine.data;

import java.io.IOException;

/**
 * The first picture of a GIF file on its canvas, as Pillow and browsers show it. What the picture does not
 * cover has the transparent colour, or else the first of the palette.
 */
final class GifCanvas {
  private static final int EXTENSION = 0x21;
  private static final int PICTURE = 0x2C;
  private static final int CONTROL = 0xF9;
  private static final int HEADER = 13;

  private final byte[] file;
  private int at = HEADER;
  private int palette = -1;
  private int colours;
  private int transparent = -1;

  private GifCanvas(byte[] file) {
    this.file = file;
  }

  static boolean isGif(byte[] file) {
    return file.length >= HEADER && file[0] == 'G' && file[1] == 'I' && file[2] == 'F' && file[3] == '8';
  }

  static RawImage decode(byte[] file, Decoding how) throws IOException {
    return new GifCanvas(file).decode(how);
  }

  private RawImage decode(Decoding how) throws IOException {
    readPalette(Bytes.at(file, 10));
    findPicture();
    int left = Bytes.little16(file, at + 1);
    int top = Bytes.little16(file, at + 3);
    int width = Bytes.little16(file, at + 5);
    int height = Bytes.little16(file, at + 7);
    int flags = Bytes.at(file, at + 9);
    at += 10;
    readPalette(flags);
    int canvasWidth = Math.max(Bytes.little16(file, 6), left + width);
    int canvasHeight = Math.max(Bytes.little16(file, 8), top + height);
    int step = PictureMemory.OF_HEAP.step(canvasWidth, canvasHeight, 3, file.length);
    RawImage picture = ImageDecoder.decodePlain(file, null, step == 1 ? how : how.withNotes(note -> {}));
    if (canvasWidth == width && canvasHeight == height) {
      if (step > 1) {
        how.notes().accept(PictureMemory.note(width, height, step));
      }
      return picture;
    }
    if (step > 1) {
      throw new UnreadableImageException(
          "is " + canvasWidth + "x" + canvasHeight
              + " pixels large, too large for the heap (-Xmx gives more)");
    }
    return onCanvas(picture, canvasHeight, canvasWidth, top, left);
  }

  private RawImage onCanvas(RawImage picture, int height, int width, int top, int left) {
    int index = Math.max(0, transparent);
    int background = palette >= 0 && index < colours ? Bytes.rgb(file, palette + 3 * index) : 0;
    int blue = background & 255;
    boolean grey = background >> 16 == blue && (background >> 8 & 255) == blue;
    RawImage same = grey ? picture : picture.withChannels(3);
    int channels = same.channels();
    byte[] pixels = new byte[height * width * channels];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (channels == 1 ? background : background >> 8 * (2 - i % 3));
    }
    int row = same.width() * channels;
    for (int y = 0; y < same.height(); y++) {
      System.arraycopy(same.pixels(), y * row, pixels, ((top + y) * width + left) * channels, row);
    }
    return new RawImage(height, width, channels, pixels);
  }

  private void readPalette(int flags) {
    if ((flags & 0x80) != 0) {
      palette = at;
      colours = Math.min(2 << (flags & 7), (file.length - at) / 3);
      at += 3 * (2 << (flags & 7));
    }
  }

  private void findPicture() throws UnreadableImageException {
    while (at + 10 <= file.length) {
      if (Bytes.at(file, at) == PICTURE) {
        return;
      }
      if (Bytes.at(file, at) != EXTENSION) {
        at++;
        continue;
      }
      if (Bytes.at(file, at + 1) == CONTROL) {
        transparent = (Bytes.at(file, at + 3) & 1) == 0 ? -1 : Bytes.at(file, at + 6);
      }
      at += 2;
      while (at < file.length && file[at] != 0) {
        at += Bytes.at(file, at) + 1;
      }
      at++;
    }
    throw new UnreadableImageException("is cut off");
  }
}
