package org.swinengine.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.swinengine.weights.TestFiles.assertRefused;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whole modules instead of state dicts, as PyTorch wrote them, and some that it would not write. */
class ModuleStateTest {
  @TempDir
  private Path folder;

  private static Path file(String name) {
    try {
      return Path.of(ModuleStateTest.class.getResource("/modules/" + name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Parameters and persistent buffers under state_dict()'s names. TorchScript says of no buffer that it is
   * not one.
   */
  @ParameterizedTest
  @CsvSource({"whole.pth, ''", "whole_in_dict.pth, module.", "script.pt, ''", "trace.pt, ''"})
  void theStateDictOfTheModule(String name, String prefix) {
    Map<String, ArrayData> found = new LinkedHashMap<>(WeightFiles.read(file(name)).arrays());
    boolean script = name.endsWith(".pt");
    assertEquals(script, found.remove("blocks.0.scratch") != null);
    StateDict expected = Safetensors.read(file("expected.safetensors"));
    assertEquals(expected.names().stream().map(n -> prefix + n).sorted().toList(),
        found.keySet().stream().sorted().toList());
    expected
        .arrays()
        .forEach(
            (n, array) -> {
              assertArrayEquals(array.shape(), found.get(prefix + n).shape(), n);
              assertEquals(array.type(), found.get(prefix + n).type(), n);
              assertArrayEquals(array.rawLittleEndian(), found.get(prefix + n).rawLittleEndian(), n);
            });
  }

  @Test
  void whatElseTheModuleHoldsIsKept() {
    InertObject module = (InertObject) WeightFiles.read(file("whole.pth")).extras().get("module");
    assertEquals("__main__.Net", module.className());
    assertEquals(7L, ((Map<?, ?>) module.state()).get("size"));
    assertEquals(3L, WeightFiles.read(file("whole_in_dict.pth")).extras().get("epoch"));
  }

  private StateDict module(PickleWriter children) {
    PickleWriter pickle = new PickleWriter().global("models", "Net").raw(")").raw(0x81).raw("q").raw(1);
    pickle.raw("}(").text("_parameters").raw("}").text("_modules").raw(children).raw("ub");
    return TorchCheckpoint.read(
        TestFiles.write(folder, "m.pth", ZipWriter.checkpoint(pickle.stop(), ZipWriter.floats(1, 2))));
  }

  @Test
  void modulesThatMakeNoTreeAreRefused() {
    assertRefused("contains itself",
        () -> module(PickleWriter.part().raw("}(").text("me").raw("h").raw(1).raw("u")));
    PickleWriter deep = PickleWriter.part();
    for (int i = 0; i < 70; i++) {
      deep.raw("}(").text("m").global("a", "B").raw(")").raw(0x81).raw("}(").text("_parameters").raw("}")
          .text("_modules");
    }
    deep.raw("}");
    for (int i = 0; i < 70; i++) {
      deep.raw("ubu");
    }
    assertRefused("deeper than 64", () -> module(deep));
    assertEquals(List.of(), List.copyOf(module(PickleWriter.part().raw("}")).names()));
  }
}
