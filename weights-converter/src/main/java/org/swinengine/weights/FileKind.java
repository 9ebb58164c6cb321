package org.swinengine.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What a file is by its first bytes, whatever it is called; and what to tell the user when it is no weight
 * file.
 */
enum FileKind {
  ZIP(null),
  SAFETENSORS(null),
  NPY(null),
  TORCH_LEGACY(null),
  TAR(null),
  JSON(null),
  PICKLE(null),
  PREVIEW("this is a file of PyTorch's preview format (PYTORCH1), which nothing reads any more; save it "
      + "again with torch.save."),
  GZIP("this file is compressed with gzip; unpack it first (gunzip)."),
  HDF5("this is an HDF5 file (Keras, h5py), not a PyTorch checkpoint; export its arrays with numpy.savez."),
  ONNX(
      "this is an ONNX model, a graph with its weights, not a PyTorch checkpoint; take the checkpoint that"
          + " it was exported from, or save its initializers with numpy.savez (onnx.numpy_helper.to_array)."),
  TFLITE(
      "this is a TensorFlow Lite model, not a PyTorch checkpoint; take the weights that it was made from,"
          + " and save them with numpy.savez."),
  GGUF("this is a GGUF file (llama.cpp), not a PyTorch checkpoint; take the weights that it was made from."),
  HTML("this is an HTML page, not a weight file: the download led to a web page (a login or a notice). Get "
      + "the file itself, for instance by the direct link."),
  LFS_POINTER("this is a Git LFS pointer, not the weights themselves: run \"git lfs pull\" where it was "
      + "cloned, or download the file by its direct link."),
  EMPTY("the file is empty; get it again."),
  UNKNOWN("this is no weight file that can be read: neither PyTorch (zip), safetensors nor NumPy. If it was "
      + "downloaded, it may be damaged; get it again.");

  private static final int PROBE_BYTES = 512;
  private static final byte[] TORCH_LEGACY_MAGIC =
      {(byte) 0x80, 2, (byte) 0x8a, 10, 0x6c, (byte) 0xfc, (byte) 0x9c, 0x46, (byte) 0xf9, 0x20, 0x6a,
        (byte) 0xa8, 0x50, 0x19, '.'};

  private final String refusal;

  FileKind(String refusal) {
    this.refusal = refusal;
  }

  static FileKind of(WeightFile file) {
    byte[] start;
    try {
      start = file.read(0, (int) Math.min(PROBE_BYTES, file.size()));
    } catch (IOException e) {
      throw WeightFile.unreadable(file.path(), e);
    }
    if (start.length == 0) {
      return EMPTY;
    }
    if (startsWith(start, new byte[] {'P', 'K', 3, 4}) || startsWith(start, new byte[] {'P', 'K', 5, 6})) {
      return ZIP;
    }
    if (startsWith(start, NpyHeader.MAGIC)) {
      return NPY;
    }
    if (startsWith(start, TORCH_LEGACY_MAGIC)) {
      return TORCH_LEGACY;
    }
    if (start.length > 262 && new String(start, 257, 5, StandardCharsets.ISO_8859_1).equals("ustar")) {
      return TAR;
    }
    return byText(start);
  }

  private static FileKind byText(byte[] start) {
    if (start.length > 8 && start[8] == '{') {
      long header = ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN).getLong();
      if (header > 0 && header <= SafetensorsHeader.MAX_BYTES) {
        return SAFETENSORS;
      }
    }
    if (start[0] == (byte) 0x80 && start.length > 1 && start[1] >= 2 && start[1] <= 5) {
      return PICKLE;
    }
    if (start[0] == 0x1f && start.length > 1 && start[1] == (byte) 0x8b) {
      return GZIP;
    }
    String text = new String(start, StandardCharsets.ISO_8859_1);
    if (text.startsWith("\u0089HDF\r\n")) {
      return HDF5;
    }
    if (text.startsWith("GGUF")) {
      return GGUF;
    }
    if (text.startsWith("TFL3", 4)) {
      return TFLITE;
    }
    if (isOnnx(start)) {
      return ONNX;
    }
    if (text.startsWith("PYTORCH1")) {
      return PREVIEW;
    }
    if (text.startsWith("version https://git-lfs")) {
      return LFS_POINTER;
    }
    String markup = text.stripLeading().replaceFirst("^ï»¿", "").toLowerCase(Locale.ROOT);
    if (markup.startsWith("{")) {
      return JSON;
    }
    boolean html = markup.startsWith("<!doctype html") || markup.startsWith("<html")
        || markup.startsWith("<head");
    return html ? HTML : UNKNOWN;
  }

  /**
   * A protocol buffer that begins with a small {@code ir_version} and goes on with another field of a
   * ModelProto.
   */
  private static boolean isOnnx(byte[] start) {
    return start.length > 2 && start[0] == 0x08 && start[1] > 0 && start[1] < 32
        && List.of(0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42).contains((int) start[2]);
  }

  /** Throws where a zip archive is another program's, which its entries tell. */
  static void requireOwn(WeightFile file, Set<String> entries) {
    for (String entry : entries) {
      if (entry.endsWith("/models/model.json") || entry.equals("serialized_exported_program.json")) {
        throw WeightFileException.in(file.path(),
            "this is an exported program (.pt2, torch.export), not a checkpoint; load it in Python"
                + " (torch.export.load) and save its state_dict with torch.save or as"
                + " safetensors.");
      }
      if (entry.equals("model.weights.h5")) {
        throw WeightFileException.in(file.path(),
            "this is a Keras archive (.keras), not a PyTorch checkpoint; load it in Python and save its"
                + " arrays with numpy.savez.");
      }
      if (entry.startsWith("MAR-INF/")) {
        throw WeightFileException.in(file.path(),
            "this is a TorchServe archive (.mar); unpack it (unzip) and give the checkpoint in it.");
      }
    }
  }

  private static boolean startsWith(byte[] bytes, byte[] prefix) {
    return bytes.length >= prefix.length && Arrays.equals(bytes, 0, prefix.length, prefix, 0, prefix.length);
  }

  /** Throws unless the file is of the kind that a reader wants. */
  void require(FileKind wanted, WeightFile file, String wantedName) {
    if (this == wanted) {
      return;
    }
    if (this == PICKLE) {
      throw PlainPickle.refuse(file);
    }
    throw WeightFileException.in(file.path(), refusal != null ? refusal
        : "this is no " + wantedName + " but a " + (this == ZIP ? "zip archive"
            : name().toLowerCase(Locale.ROOT)
                + " file")
            + "; WeightFiles.read finds the right reader by itself.");
  }

  /** The sentence for a file that no reader takes. */
  WeightFileException refuse(WeightFile file) {
    return this == PICKLE ? PlainPickle.refuse(file) : WeightFileException.in(file.path(), refusal);
  }
}
