package org.swinengine.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that PyTorch 2.13, safetensors and NumPy wrote. */
class FixturesTest {
  @TempDir
  Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"ms_swin", "timm_vit"})
  void aCheckpointHoldsTheSameBitsAsItsSafetensorsFile(String model) {
    StateDict torch = WeightFiles.read(TestFiles.fixture(model + "/weights.pth"));
    StateDict safe = WeightFiles.read(TestFiles.fixture(model + "/weights.safetensors"));
    assertTrue(torch.size() > 40);
    assertSameArrays(safe, torch);
    assertEquals(Map.of("epoch", 7L, "note", "reference case"), torch.extras());
  }

  @ParameterizedTest
  @ValueSource(strings = {"ms_swin", "timm_vit"})
  void writingGivesTheSameContentsAndTheSameBytesEveryTime(String model) throws IOException {
    StateDict torch = WeightFiles.read(TestFiles.fixture(model + "/weights.pth"));
    StateDict safe = WeightFiles.read(TestFiles.fixture(model + "/weights.safetensors"));
    Path first = folder.resolve("first.safetensors");
    Path second = folder.resolve("second.safetensors");
    Safetensors.write(first, torch);
    Safetensors.write(second, safe);
    assertSameArrays(torch, Safetensors.read(first));
    if (safe.metadata().isEmpty()) {
      assertEquals(-1, Files.mismatch(first, second));
    }
    Safetensors.write(second, Safetensors.read(first));
    assertEquals(-1, Files.mismatch(first, second));
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(2, files.count(), "temporary files are left");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ms_swin/input.npy", "ms_swin/target.npy", "timm_vit/input.npy",
    "timm_vit/target.npy"})
  void anNpyFileIsWrittenAsNumpyWroteIt(String name) throws IOException {
    Path original = TestFiles.fixture(name);
    Path copy = folder.resolve("copy.npy");
    Npy.write(copy, Npy.read(original));
    assertEquals(-1, Files.mismatch(original, copy));
    try (InputStream in = Files.newInputStream(original)) {
      assertArrayEquals(Npy.read(original).rawLittleEndian(), Npy.read(in).rawLittleEndian());
      assertEquals(-1, in.read());
    }
  }

  @Test
  void typesAndShapesAreThoseOfTheModel() {
    StateDict dict = TorchCheckpoint.read(TestFiles.fixture("ms_swin/weights.pth"));
    ArrayData index = dict.get("layers.0.blocks.0.attn.relative_position_index");
    assertEquals(ElementType.I64, index.type());
    assertEquals(2, index.shape().length);
    assertEquals(index.shape()[0], index.shape()[1]);
    assertEquals(0, index.toInts()[(int) index.shape()[0] - 1], "top right against bottom left is the first "
        + "entry");
    assertFalse(dict.contains("layers.0.nothing"));
    TestFiles.assertRefused("\"layers.0.nothing\"", () -> dict.get("layers.0.nothing"));
  }

  private static void assertSameArrays(StateDict expected, StateDict actual) {
    assertEquals(expected.names(), actual.names());
    for (Map.Entry<String, ArrayData> entry : expected.arrays().entrySet()) {
      ArrayData array = actual.get(entry.getKey());
      assertEquals(entry.getValue().type(), array.type(), entry.getKey());
      assertArrayEquals(entry.getValue().shape(), array.shape(), entry.getKey());
      assertArrayEquals(entry.getValue().rawLittleEndian(), array.rawLittleEndian(), entry.getKey());
    }
  }
}
