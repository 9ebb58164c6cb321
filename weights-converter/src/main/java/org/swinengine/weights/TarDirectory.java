package org.swinengine.weights;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The files in a tar archive: where they lie. Links, folders and extended headers are passed over, as nothing
 * needs them.
 */
final class TarDirectory {
  private static final int BLOCK = 512;

  /** PyTorch wrote four. */
  private static final int MAX_ENTRIES = 1000;

  private TarDirectory() {}

  /** A file in the archive. */
  record Entry(long offset, long size) {}

  /**
   * Reads the headers.
   *
   * @throws WeightFileException if one is damaged, a file reaches beyond the archive, or a name is there
   *     twice
   */
  static Map<String, Entry> read(WeightFile file) {
    Map<String, Entry> entries = new LinkedHashMap<>();
    long at = 0;
    for (int n = 0; at <= file.size() - BLOCK; n++) {
      byte[] header = header(file, at);
      if (header[0] == 0) {
        break;
      }
      if (n == MAX_ENTRIES) {
        throw damaged(file, "it has more than " + MAX_ENTRIES + " entries");
      }
      requireChecksum(file, header, at);
      String name = text(header, 0, 100);
      long size = octal(file, header, 124, 12, "size of " + Text.quote(name));
      if (size > file.size() - at - BLOCK) {
        throw damaged(file, "its entry " + Text.quote(name) + " reaches beyond the end of the file");
      }
      boolean plain = header[156] == '0' || header[156] == 0;
      if (plain && entries.put(name, new Entry(at + BLOCK, size)) != null) {
        throw damaged(file, "its entry " + Text.quote(name) + " is there twice");
      }
      at += BLOCK + (size + BLOCK - 1) / BLOCK * BLOCK;
    }
    return entries;
  }

  private static byte[] header(WeightFile file, long at) {
    try {
      return file.read(at, BLOCK);
    } catch (IOException e) {
      throw WeightFile.unreadable(file.path(), e);
    }
  }

  /** The sum of a header's bytes, its own field taken as spaces. */
  private static void requireChecksum(WeightFile file, byte[] header, long at) {
    long sum = 0;
    for (int i = 0; i < BLOCK; i++) {
      sum += i >= 148 && i < 156 ? ' ' : header[i] & 0xff;
    }
    if (sum != octal(file, header, 148, 8, "check sum")) {
      throw damaged(file, "the header at byte " + at + " has another check sum than it says");
    }
  }

  private static long octal(WeightFile file, byte[] header, int start, int length, String what) {
    String digits = text(header, start, length).strip();
    if (!digits.matches("[0-7]{1,12}")) {
      throw damaged(file, "the " + what + " is no octal number");
    }
    return Long.parseLong(digits, 8);
  }

  private static String text(byte[] header, int start, int length) {
    int end = start;
    while (end < start + length && header[end] != 0) {
      end++;
    }
    return new String(header, start, end - start, StandardCharsets.ISO_8859_1);
  }

  private static WeightFileException damaged(WeightFile file, String reason) {
    return WeightFileException.in(
        file.path(), "the tar archive is not sound: " + reason + ". The file is damaged; get it again.");
  }
}
