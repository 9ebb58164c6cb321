package org.swinengine.backend.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Has a shared library ask for another version of a library than it was linked with. The name of the library
 * that it needs and of the version of its symbols are one string, {@code libcublas.so.12} for example, in the
 * table of strings; beside each version that is needed stands a hash of its name. Both are changed, and
 * nothing else: the new name must be as long as the old one.
 *
 * <p>Source: System V ABI, chapters 4 and 5; LSB Core, symbol versioning ({@code Elf64_Verneed}).
 */
final class ElfVersionName {
  private static final int PROGRAM_HEADERS = 32;
  private static final int SIZE_OF_A_PROGRAM_HEADER = 54;
  private static final int NUMBER_OF_PROGRAM_HEADERS = 56;
  private static final int LOADED = 1;
  private static final int DYNAMIC = 2;
  private static final long STRINGS = 5;
  private static final long SIZE_OF_STRINGS = 10;
  private static final long NEEDED_VERSIONS = 0x6ffffffe;
  private static final long NUMBER_OF_NEEDED_VERSIONS = 0x6fffffff;

  private final ByteBuffer elf;

  private ElfVersionName(byte[] library) {
    elf = ByteBuffer.wrap(library.clone()).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * A copy of a library that asks for another version.
   *
   * @param library a shared library, ELF of 64 bits, little endian
   * @param from name of the library and of the version that it asks for
   * @param to the name to ask for, as long as {@code from}
   * @throws IllegalArgumentException if the bytes are no such library or do not ask for {@code from}
   */
  static byte[] replace(byte[] library, String from, String to) {
    if (from.length() != to.length()) {
      throw new IllegalArgumentException(to + " is not as long as " + from);
    }
    boolean elf64 = library.length > 64 && library[0] == 0x7f && library[1] == 'E' && library[2] == 'L'
        && library[3] == 'F' && library[4] == 2 && library[5] == 1;
    if (!elf64) {
      throw new IllegalArgumentException("the bytes are no ELF library of 64 bits, little endian");
    }
    try {
      return new ElfVersionName(library).replaced(from, to);
    } catch (IndexOutOfBoundsException e) {
      throw new IllegalArgumentException("the library's tables point out of it", e);
    }
  }

  private byte[] replaced(String from, String to) {
    int strings = fileOffset(dynamic(STRINGS));
    int size = Math.toIntExact(dynamic(SIZE_OF_STRINGS));
    int name = indexOf(strings, size, from);
    int changed = 0;
    int version = fileOffset(dynamic(NEEDED_VERSIONS));
    for (long left = dynamic(NUMBER_OF_NEEDED_VERSIONS); left > 0; left--) {
      int symbol = version + elf.getInt(version + 8);
      for (int of = elf.getShort(version + 2); of > 0; of--) {
        if (strings + elf.getInt(symbol + 8) == name) {
          elf.putInt(symbol, hash(to));
          changed++;
        }
        symbol += elf.getInt(symbol + 12);
      }
      version += elf.getInt(version + 12);
    }
    if (changed != 1) {
      throw new IllegalArgumentException(
          "the library asks for " + changed + " versions of the name " + from + ", but 1 was expected");
    }
    byte[] bytes = to.getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < bytes.length; i++) {
      elf.put(name + i, bytes[i]);
    }
    return elf.array();
  }

  /** Place of a string in the table; the linker keeps one of each. */
  private int indexOf(int strings, int size, String text) {
    byte[] wanted = ('\0' + text + '\0').getBytes(StandardCharsets.US_ASCII);
    byte[] all = elf.array();
    for (int i = strings; i + wanted.length <= strings + size; i++) {
      if (Arrays.equals(all, i, i + wanted.length, wanted, 0, wanted.length)) {
        return i + 1;
      }
    }
    throw new IllegalArgumentException("the library does not ask for " + text);
  }

  /** A value of the dynamic section. */
  private long dynamic(long tag) {
    int header = header(DYNAMIC, 0);
    int at = Math.toIntExact(elf.getLong(header + 8));
    for (; elf.getLong(at) != 0; at += 16) {
      if (elf.getLong(at) == tag) {
        return elf.getLong(at + 8);
      }
    }
    throw new IllegalArgumentException("the library's dynamic section has no entry " + Long.toHexString(tag));
  }

  /** Where an address lies in the file. */
  private int fileOffset(long address) {
    int header = header(LOADED, address);
    return Math.toIntExact(elf.getLong(header + 8) + address - elf.getLong(header + 16));
  }

  /** The first program header of a type; of loaded segments the one that holds an address. */
  private int header(int type, long address) {
    int at = Math.toIntExact(elf.getLong(PROGRAM_HEADERS));
    for (int left = elf.getShort(NUMBER_OF_PROGRAM_HEADERS); left > 0; left--) {
      long inside = address - elf.getLong(at + 16);
      if (elf.getInt(at) == type && (type != LOADED || inside >= 0 && inside < elf.getLong(at + 32))) {
        return at;
      }
      at += elf.getShort(SIZE_OF_A_PROGRAM_HEADER);
    }
    throw new IllegalArgumentException("the library has no program header of type " + type);
  }

  /** The hash of names that ELF has had from its beginning. */
  static int hash(String name) {
    int hash = 0;
    for (int i = 0; i < name.length(); i++) {
      hash = (hash << 4) + name.charAt(i);
      int high = hash & 0xf0000000;
      hash = (hash ^ high >>> 24) & ~high;
    }
    return hash;
  }
}
