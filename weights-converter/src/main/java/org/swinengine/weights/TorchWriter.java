package org.swinengine.weights;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes checkpoints that PyTorch loads, with {@code weights_only=True} as well: the zip archive of {@code
 * torch.save} since 1.6, its entries stored and the tensors aligned to 64 bytes so that they can be mapped.
 * Equal contents give equal bytes.
 */
public final class TorchWriter {
  private static final String ROOT = "archive/";
  private static final int ALIGNMENT = 64;
  private static final int LOCAL_HEADER = 30;
  private static final int EXTRA_HEADER = 4;

  /** A header id that nobody has: readers pass over it. PyTorch pads with the same, "FB". */
  private static final int PADDING_ID = 0x4246;

  /**
   * The same for every file. Not the first day that a zip archive can hold, for which Java writes another
   * field.
   */
  private static final LocalDateTime NO_TIME = LocalDateTime.of(1980, 1, 2, 0, 0);

  private TorchWriter() {}

  /**
   * Writes the arrays as an {@code OrderedDict}; metadata and {@link StateDict#extras()} are left out. One
   * tensor at a time passes through memory. The target is replaced only when the new file is complete and on
   * the disk.
   *
   * @param key under which the state dict stands in a dictionary, such as {@code model}; null: the file is
   *     the state dict
   * @throws WeightFileException when the file cannot be written, or PyTorch has no such element type; an old
   *     file of that name is then as it was
   */
  public static void write(Path target, StateDict dict, String key) {
    byte[] pickle = new Pickle().of(target, dict, key);
    AtomicFile.write(
        target,
        out -> {
          Counted counted = new Counted(out);
          try (ZipOutputStream zip = new ZipOutputStream(counted)) {
            zip.setMethod(ZipOutputStream.STORED);
            stored(zip, counted, "data.pkl", pickle);
            stored(zip, counted, "byteorder", "little".getBytes(StandardCharsets.US_ASCII));
            int storage = 0;
            for (ArrayData array : dict.arrays().values()) {
              stored(zip, counted, "data/" + storage, array);
              storage++;
            }
            stored(zip, counted, "version", "3\n".getBytes(StandardCharsets.US_ASCII));
            stored(zip, counted, ".data/serialization_id",
                "0".repeat(40).getBytes(StandardCharsets.US_ASCII));
          }
        });
  }

  /**
   * A channel's end must stay open until the file has been forced to the disk; and the position aligns
   * entries.
   */
  private static final class Counted extends OutputStream {
    private final OutputStream out;
    private long position;

    Counted(OutputStream out) {
      this.out = out;
    }

    @Override
    public void write(int b) throws IOException {
      out.write(b);
      position++;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
      position += length;
    }

    @Override
    public void close() throws IOException {
      out.flush();
    }
  }

  private interface Contents {
    void writeTo(OutputStream out) throws IOException;
  }

  private static void stored(ZipOutputStream zip, Counted counted, String name, byte[] bytes)
      throws IOException {
    stored(zip, counted, name, bytes.length, out -> out.write(bytes));
  }

  private static void stored(ZipOutputStream zip, Counted counted, String name, ArrayData array)
      throws IOException {
    stored(zip, counted, name, array.byteCount(), array::writeLittleEndian);
  }

  private static void stored(
      ZipOutputStream zip, Counted counted, String name, long size, Contents contents) throws IOException {
    CRC32 crc = new CRC32();
    contents.writeTo(
        new OutputStream() {
          @Override
          public void write(int b) {
            crc.update(b);
          }

          @Override
          public void write(byte[] bytes, int offset, int length) {
            crc.update(bytes, offset, length);
          }
        });
    ZipEntry entry = new ZipEntry(ROOT + name);
    entry.setSize(size);
    entry.setCompressedSize(size);
    entry.setCrc(crc.getValue());
    entry.setTimeLocal(NO_TIME);
    zip.flush();
    long start = counted.position + LOCAL_HEADER + entry.getName().length() + EXTRA_HEADER;
    int padding = (int) ((ALIGNMENT - start % ALIGNMENT) % ALIGNMENT);
    ByteBuffer extra = ByteBuffer.allocate(EXTRA_HEADER + padding).order(ByteOrder.LITTLE_ENDIAN);
    extra.putShort((short) PADDING_ID).putShort((short) padding);
    entry.setExtra(extra.array());
    zip.putNextEntry(entry);
    contents.writeTo(zip);
    zip.closeEntry();
  }

  /** The pickle of a state dict, protocol 2. */
  private static final class Pickle {
    private static final String ORDERED_DICT = "ccollections\nOrderedDict\n";

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    byte[] of(Path target, StateDict dict, String key) {
      out.writeBytes(new byte[] {(byte) 0x80, 2});
      if (key != null) {
        op("}(");
        text(key);
      }
      op(ORDERED_DICT + ")R(");
      int storage = 0;
      for (Map.Entry<String, ArrayData> entry : dict.arrays().entrySet()) {
        if (!Text.isWellFormed(entry.getKey())) {
          throw WeightFileException.in(
              target, "the name " + Text.quote(entry.getKey()) + " is no valid Unicode; rename it.");
        }
        text(entry.getKey());
        tensor(target, entry.getKey(), entry.getValue(), storage);
        storage++;
      }
      op("u");
      op(key == null ? "." : "u.");
      return out.toByteArray();
    }

    private void tensor(Path target, String name, ArrayData array, int storage) {
      op("ctorch._utils\n_rebuild_tensor_v2\n((");
      text("storage");
      op("ctorch\n" + storageType(target, name, array) + "\n");
      text(Integer.toString(storage));
      text("cpu");
      integer(array.count());
      op("tQ");
      integer(0);
      long[] shape = array.shape();
      long[] strides = new long[shape.length];
      long stride = 1;
      for (int axis = shape.length - 1; axis >= 0; axis--) {
        strides[axis] = stride;
        stride *= Math.max(1, shape[axis]);
      }
      tuple(shape);
      tuple(strides);
      op("\u0089" + ORDERED_DICT + ")RtR");
    }

    private static String storageType(Path target, String name, ArrayData array) {
      return switch (array.type()) {
        case F64 -> "DoubleStorage";
        case F32 -> "FloatStorage";
        case F16 -> "HalfStorage";
        case BF16 -> "BFloat16Storage";
        case I64 -> "LongStorage";
        case I32 -> "IntStorage";
        case I16 -> "ShortStorage";
        case I8 -> "CharStorage";
        case U8 -> "ByteStorage";
        case BOOL -> "BoolStorage";
        case C64 -> "ComplexFloatStorage";
        case C128 -> "ComplexDoubleStorage";
        default ->
            throw WeightFileException.in(
                target,
                "tensor " + Text.quote(name) + " has the element type " + array.type()
                    + ", for which PyTorch has no storage class; convert it first, or write safetensors.");
      };
    }

    private void tuple(long[] values) {
      op("(");
      for (long value : values) {
        integer(value);
      }
      op("t");
    }

    private void integer(long value) {
      boolean small = value <= Integer.MAX_VALUE;
      ByteBuffer bytes = ByteBuffer.allocate(small ? 5 : 10).order(ByteOrder.LITTLE_ENDIAN);
      if (small) {
        bytes.put((byte) 'J').putInt((int) value);
      } else {
        bytes.put((byte) 0x8a).put((byte) 8).putLong(value);
      }
      out.writeBytes(bytes.array());
    }

    private void text(String value) {
      byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
      out.write('X');
      out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(utf8.length).array());
      out.writeBytes(utf8);
    }

    /** Opcodes are single bytes. */
    private void op(String codes) {
      out.writeBytes(codes.getBytes(StandardCharsets.ISO_8859_1));
    }
  }
}
