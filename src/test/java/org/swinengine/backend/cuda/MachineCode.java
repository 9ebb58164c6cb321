package org.swinengine.backend.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/**
 * A kernel's machine code as it is checked in, of which the few instructions that are counted are known by
 * their bits. They are of compute capability 9.0; {@code MachineCodeTest} holds them to what nvdisasm reads,
 * where that is installed.
 */
final class MachineCode {
  static final String MACHINE = "sm_90";

  static final int BYTES = 16;
  private static final int OPERATION = 0xfff;
  private static final int PRODUCT = 0x23c; // HMMA
  private static final int BRANCH = 0x947; // BRA
  private static final int NOTHING = 0x918; // NOP, which fills up the end

  private final byte[] bytes;
  private final long[] low;
  private final long[] high;

  private MachineCode(byte[] bytes) {
    this.bytes = bytes;
    ByteBuffer code = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    low = new long[bytes.length / BYTES];
    high = new long[low.length];
    for (int i = 0; i < low.length; i++) {
      low[i] = code.getLong(BYTES * i);
      high[i] = code.getLong(BYTES * i + 8);
    }
  }

  /** The kernels of a family by name, from the ELF file that a driver loads. */
  static Map<String, MachineCode> of(String family, String machine) throws IOException {
    byte[] file;
    try (InputStream in =
        Files.newInputStream(CheckedInKernels.IMAGES.resolve(family + "." + machine + ".cubin.gz"));
        InputStream image = new GZIPInputStream(in)) {
      file = image.readAllBytes();
    }
    ByteBuffer elf = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int table = (int) elf.getLong(0x28); // e_shoff, then e_shentsize, e_shnum and e_shstrndx
    int size = elf.getShort(0x3a);
    int names = (int) elf.getLong(table + elf.getShort(0x3e) * size + 0x18);
    Map<String, MachineCode> kernels = new HashMap<>();
    for (int i = 0; i < elf.getShort(0x3c); i++) {
      int section = table + i * size;
      StringBuilder name = new StringBuilder();
      for (int at = names + elf.getInt(section); elf.get(at) != 0; at++) {
        name.append((char) elf.get(at));
      }
      if (name.toString().startsWith(".text.")) {
        byte[] code = new byte[(int) elf.getLong(section + 0x20)];
        elf.get((int) elf.getLong(section + 0x18), code);
        kernels.put(name.substring(".text.".length()), new MachineCode(code));
      }
    }
    return kernels;
  }

  /** What a driver copies to the GPU. */
  byte[] bytes() {
    return bytes.clone();
  }

  /** Instructions, those that fill up the end among them. */
  int instructions() {
    return low.length;
  }

  private int operation(int instruction) {
    return (int) low[instruction] & OPERATION;
  }

  /** Where products of tensor cores stand. */
  List<Integer> products() {
    List<Integer> products = new ArrayList<>();
    for (int i = 0; i < low.length; i++) {
      if (operation(i) == PRODUCT) {
        products.add(i);
      }
    }
    return products;
  }

  /** Instructions behind the last product, but for what fills up the end. */
  int behindTheProducts() {
    int end = low.length;
    while (operation(end - 1) == NOTHING) {
      end--;
    }
    List<Integer> products = products();
    return end - 1 - products.get(products.size() - 1);
  }

  /** Instructions of the shortest loop that holds all products. */
  int loopAroundProducts() {
    List<Integer> products = products();
    int shortest = Integer.MAX_VALUE;
    for (int i = products.get(products.size() - 1); i < low.length; i++) {
      int target = operation(i) == BRANCH ? target(i) : i;
      if (target <= products.get(0)) {
        shortest = Math.min(shortest, i + 1 - target);
      }
    }
    return shortest;
  }

  /** A branch counts in words of four bytes from behind itself: bits 16 to 23, and from 34 on. */
  private int target(int branch) {
    long above = low[branch] >>> 34 | high[branch] << 30;
    long words = above << 16 >> 16 << 8 | low[branch] >>> 16 & 0xff;
    return (int) (branch + 1 + words / 4);
  }
}
