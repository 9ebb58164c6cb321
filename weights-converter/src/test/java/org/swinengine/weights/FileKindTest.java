package org.swinengine.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.swinengine.weights.TestFiles.assertRefused;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileKindTest {
  @TempDir
  Path folder;

  @ParameterizedTest
  @CsvSource({"timm_vit/weights.pth", "timm_vit/weights.safetensors", "timm_vit/input.npy"})
  void theContentsDecideNotTheName(String fixture) throws IOException {
    Path misnamed = Files.copy(TestFiles.fixture(fixture), folder.resolve("misnamed.txt"));
    assertEquals(WeightFiles.read(TestFiles.fixture(fixture)).names(), WeightFiles.read(misnamed).names());
  }

  @ParameterizedTest
  @CsvSource({"'<!DOCTYPE html><html>',HTML", "'\n<html lang=\"en\">',HTML",
    "'version https://git-lfs.github.com/spec/v1\noid sha256:0',git lfs pull", "PYTORCH1,preview",
    "'',empty",
    "hello there,no weight file", "PK,no weight file"})
  void otherFilesAreNamedForWhatTheyAre(String contents, String part) {
    Path file = TestFiles.write(folder, "weights.pth", contents.getBytes(StandardCharsets.UTF_8));
    assertRefused(part, () -> WeightFiles.read(file));
    assertRefused("weights.pth", () -> TorchCheckpoint.read(file));
    assertRefused("weights.pth", () -> Safetensors.read(file));
    assertRefused("weights.pth", () -> Npz.read(file));
  }

  @Test
  void oldAndForeignFormatsAreRecognised() {
    byte[] legacy = new byte[100];
    int[] magic = {0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, '.'};
    for (int i = 0; i < magic.length; i++) {
      legacy[i] = (byte) magic[i];
    }
    assertRefused("before version 1.6", () -> WeightFiles.read(TestFiles.write(folder, "l.pth", legacy)));
    byte[] tar = new byte[1024];
    System.arraycopy("ustar".getBytes(StandardCharsets.US_ASCII), 0, tar, 257, 5);
    assertRefused("tar archive", () -> WeightFiles.read(TestFiles.write(folder, "t.pth", tar)));
    assertRefused("gunzip", () -> WeightFiles.read(TestFiles.write(folder, "g", new byte[] {0x1f,
      (byte) 0x8b, 8})));
    assertRefused("HDF5", () -> WeightFiles.read(TestFiles.write(folder, "h",
        "\u0089HDF\r\n\u001a\n".getBytes(StandardCharsets.ISO_8859_1))));
    assertRefused("pickle", () -> WeightFiles.read(TestFiles.write(folder, "p", new byte[] {(byte) 0x80, 4,
      '.'})));
  }

  /** The first bytes are what onnx 1.23 and torch 2.13 write. */
  @Test
  void modelsOfOtherProgramsAreRecognised() throws IOException {
    byte[] onnx =
        "\u0008\u000e:7\n\u0010\n\u0001x\u0012\u0001y\"\u0008Identity".getBytes(StandardCharsets.ISO_8859_1);
    assertRefused("ONNX model", () -> WeightFiles.read(TestFiles.write(folder, "a.onnx", onnx)));
    byte[] named = "\u0008\u000e\u0012\u0007pytorch:7\n".getBytes(StandardCharsets.ISO_8859_1);
    assertRefused("ONNX model", () -> WeightFiles.read(TestFiles.write(folder, "weights.pth", named)));
    assertRefused("TensorFlow Lite", () -> WeightFiles.read(TestFiles.write(folder, "l", "\u001c\0\0\0TFL3\0"
        .getBytes(StandardCharsets.ISO_8859_1))));
    assertRefused("GGUF", () -> WeightFiles.read(TestFiles.write(folder, "g", "GGUF\u0003\0\0\0"
        .getBytes(StandardCharsets.ISO_8859_1))));
    assertRefused("torch.export",
        () -> WeightFiles.read(zip("e.pt2", "e/data/weights/weight_0", "e/models/model.json")));
    assertRefused("Keras", () -> WeightFiles.read(zip("k.keras", "metadata.json", "model.weights.h5")));
    assertRefused("TorchServe", () -> WeightFiles.read(zip("m.mar", "MAR-INF/MANIFEST.json", "w.pth")));
  }

  private Path zip(String name, String... entries) throws IOException {
    Path file = folder.resolve(name);
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(file))) {
      for (String entry : entries) {
        out.putNextEntry(new ZipEntry(entry));
        out.write("{}".getBytes(StandardCharsets.US_ASCII));
      }
    }
    return file;
  }

  @Test
  void pathsThatAreNoFilesAreNamed() {
    assertRefused("no such file", () -> WeightFiles.read(folder.resolve("missing.pth")));
    assertRefused("folder", () -> WeightFiles.read(folder));
  }

  @Test
  void aFileThatChangedIsNotReadAtOldOffsets() throws IOException {
    Path file = Files.copy(TestFiles.fixture("timm_vit/weights.pth"), folder.resolve("w.pth"));
    StateDict dict = WeightFiles.read(file);
    Files.write(file, new byte[1000]);
    assertRefused("has changed", () -> dict.get("cls_token").toFloats());
  }
}
