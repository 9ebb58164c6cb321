package org.swinengine.data;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a camera was held, as the EXIF data of a JPEG, PNG or WebP file say, or its XMP data where there is no
 * such tag: what Pillow's {@code ImageOps.exif_transpose} goes by.
 */
final class ExifOrientation {
  private static final Pattern XMP_TAG = Pattern.compile("tiff:Orientation(=\"|>)([0-9])");
  private static final byte[] EXIF = {'E', 'x', 'i', 'f', 0, 0};
  private static final byte[] XMP_OF_JPEG =
      "http://ns.adobe.com/xap/1.0/\0".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] XMP_OF_PNG = "XML:com.adobe.xmp\0".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  private static final int APP1 = 0xE1;
  private static final int START_OF_SCAN = 0xDA;
  private static final int LAST_STANDALONE = 0xD8;
  private static final int FIRST_STANDALONE = 0xD0;

  private final byte[] file;
  private int code = -1;
  private int xmpCode = -1;

  private ExifOrientation(byte[] file) {
    this.file = file;
  }

  /** What makes the picture upright; nothing where the file does not say, or is of another format. */
  static Turn of(byte[] file) {
    ExifOrientation found = new ExifOrientation(file);
    if (file.length > 4 && (file[0] & 255) == 0xFF && (file[1] & 255) == 0xD8) {
      found.readJpeg();
    } else if (startsWith(file, 0, file.length, PNG)) {
      found.readPng();
    } else if (WebpFile.isWebp(file)) {
      found.readWebp();
    }
    int code = found.code >= 0 ? found.code : found.xmpCode;
    return new TiffOrientation(code >= 2 && code <= 8 ? code : 1).turn();
  }

  private void readJpeg() {
    int at = 2;
    while (at + 4 <= file.length) {
      int marker = file[at + 1] & 255;
      if ((file[at] & 255) != 0xFF || marker == 0xFF) {
        at++;
        continue;
      }
      if (marker == START_OF_SCAN) {
        return;
      }
      if (marker <= 1 || (marker >= FIRST_STANDALONE && marker <= LAST_STANDALONE)) {
        at += 2;
        continue;
      }
      int next = Math.min(file.length, at + 2 + Math.max(2, Bytes.big16(file, at + 2)));
      if (marker == APP1 && startsWith(file, at + 4, next, EXIF)) {
        exif(at + 4, next);
      } else if (marker == APP1 && startsWith(file, at + 4, next, XMP_OF_JPEG)) {
        xmp(at + 4, next);
      }
      at = next;
    }
  }

  private void readPng() {
    for (long at = PNG.length; at + 12 <= file.length;) {
      int start = (int) at;
      long end = at + 8 + Bytes.big32(file, start);
      if (end > file.length) {
        return;
      }
      if (hasName(start + 4, "eXIf")) {
        exif(start + 8, (int) end);
      } else if (hasName(start + 4, "iTXt") && startsWith(file, start + 8, (int) end, XMP_OF_PNG)) {
        xmp(start + 8, (int) end);
      }
      at = end + 4;
    }
  }

  private void readWebp() {
    for (long at = 12; at + 8 <= file.length;) {
      int start = (int) at;
      long length = Bytes.little32(file, start + 4);
      int end = (int) Math.min(file.length, at + 8 + length);
      if (hasName(start, "EXIF")) {
        exif(start + 8, end);
      } else if (hasName(start, "XMP ")) {
        xmp(start + 8, end);
      }
      at += 8 + length + (length & 1);
    }
  }

  private void exif(int from, int to) {
    int start = from;
    while (startsWith(file, start, to, EXIF)) {
      start += EXIF.length;
    }
    if (code < 0) {
      code = TiffOrientation.tag(Arrays.copyOfRange(file, start, to));
    }
  }

  private void xmp(int from, int to) {
    Matcher tag = XMP_TAG.matcher(new String(file, from, to - from, StandardCharsets.ISO_8859_1));
    if (xmpCode < 0 && tag.find()) {
      xmpCode = Integer.parseInt(tag.group(2));
    }
  }

  private boolean hasName(int at, String name) {
    return startsWith(file, at, file.length, name.getBytes(StandardCharsets.US_ASCII));
  }

  private static boolean startsWith(byte[] file, int from, int to, byte[] start) {
    return to - from >= start.length
        && Arrays.equals(file, from, from + start.length, start, 0, start.length);
  }
}
