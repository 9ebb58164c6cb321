package org.swinengine.weights;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Small sound files of every format, with few elements, so that most damage hits what is parsed. */
final class FuzzSeeds {
  private static final byte[] STORAGE = ZipWriter.floats(1, 2, 3, 4, 5, 6);

  private FuzzSeeds() {}

  static byte[] of(String format, Path folder) {
    return switch (format) {
      case "zip" -> zip(pickle());
      case "legacy" -> file(TorchLegacyTest.file("reader_legacy_shared_storage.pt"));
      case "safetensors" -> safetensors(folder);
      case "tar" -> file(TorchTarTest.real());
      case "script" -> file(at("/modules/script.pt"));
      case "whole" -> file(at("/modules/whole_in_dict.pth"));
      case "npy" -> npy(folder);
      case "npz" -> npz(npy(folder));
      default -> throw new IllegalArgumentException(format);
    };
  }

  /** A sound archive around any pickle, sound or not. */
  static byte[] zip(byte[] pickle) {
    byte[] scales = ByteBuffer.allocate(16).array();
    return new ZipWriter().entry("w/data.pkl", pickle)
        .entry("w/byteorder", "little".getBytes(StandardCharsets.US_ASCII)).entry("w/data/0", STORAGE)
        .entry("w/data/1", new byte[] {1, 2, 3, 4}).entry("w/data/2", scales).entry("w/data/3", scales)
        .finish();
  }

  /** One of each kind that a checkpoint may hold: views, quantised tensors, parameters, objects, numbers. */
  static byte[] pickle() {
    PickleWriter pickle = new PickleWriter().raw("}(").text("model").global("collections", "OrderedDict")
        .raw(")R(").text("a.weight").tensor("FloatStorage", "0", 6, 0, longs(2, 3), longs(3, 1))
        .text("a.bias").tensor("FloatStorage", "0", 6, 1, longs(2, 2), longs(1, 2))
        .text("p").global("torch._utils", "_rebuild_parameter").raw("(")
        .tensor("FloatStorage", "0", 6, 5, longs(), longs()).raw(0x89)
        .global("collections", "OrderedDict").raw(")RtR");
    pickle.text("q").global("torch._utils", "_rebuild_qtensor").raw("(").storage("QInt8Storage", "1", 4)
        .number(0).tuple(2, 2).tuple(2, 1).raw("(").global("torch", "per_channel_affine")
        .tensor("DoubleStorage", "2", 2, 0, longs(2), longs(1))
        .tensor("LongStorage", "3", 2, 0, longs(2), longs(1)).number(0).raw("t").raw(0x89)
        .global("collections", "OrderedDict").raw(")RtR");
    pickle.raw("u}").text("_metadata").global("collections", "OrderedDict").raw(")Rsb");
    pickle.text("epoch").number(3).text("loss").real(0.5).text("args").global("argparse", "Namespace")
        .raw(41, 0x81).raw("}").text("x").raw("]q").raw(7).raw("h").raw(7).raw("asb");
    pickle.text("best").global("numpy.core.multiarray", "scalar").global("numpy", "dtype").text("f8")
        .raw(0x89, 0x88, 0x87, 'R').raw("(K").raw(3).text("<").raw("tb").raw('C', 8, 0, 0, 0, 0, 0, 0, 0, 0)
        .raw(0x86, 'R');
    pickle.text("device").global("torch", "device").text("cuda").raw('K', 0, 0x86, 'R');
    pickle.text("seen").global("__builtin__", "set").raw("(]").text("x").raw("atR");
    return pickle.raw("u").stop();
  }

  private static Path at(String name) {
    try {
      return Path.of(FuzzSeeds.class.getResource(name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static long[] longs(long... values) {
    return values;
  }

  private static byte[] safetensors(Path folder) {
    Path file = folder.resolve("seed.safetensors");
    Safetensors.write(file, StateDict.builder().metadata("format", "pt")
        .put("a.weight", ArrayData.ofFloats(new long[] {2, 3}, 1, 2, 3, 4, 5, 6))
        .put("a.bias", ArrayData.ofRawLittleEndian(ElementType.BF16, new long[] {2}, new byte[4]))
        .put("empty", ArrayData.ofFloats(new long[] {0, 4})).build());
    return file(file);
  }

  private static byte[] npy(Path folder) {
    Path file = folder.resolve("seed.npy");
    Npy.write(file, ArrayData.ofFloats(new long[] {2, 3}, 1, 2, 3, 4, 5, 6));
    return file(file);
  }

  private static byte[] npz(byte[] npy) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (String name : new String[] {"a.npy", "b/c.npy"}) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(npy);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static byte[] file(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
