package org.swinengine.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.backend.Warnings;
import org.swinengine.models.ModelConfigException;
import org.swinengine.models.RecognitionHints;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.Npy;
import org.swinengine.weights.RenameRules;
import org.swinengine.weights.StateDict;

/**
 * ViTs as people write them, made by {@code vits/homemade.py}: each gives PyTorch's logits once all is said
 * that its message asks for, or is refused with a sentence. None gives other numbers in silence.
 */
@Tag("numerics")
class HomeMadeVitsTest {
  private static final List<String> SETTINGS =
      List.of(
          "normOrder", "activation", "heads", "lastNorm", "preLogits", "preLogitsNorm", "patchOrder",
          "qkvOrder");

  @TempDir
  private static Path folder;

  private static JsonNode cases;

  @BeforeAll
  static void unpack() throws IOException {
    try (InputStream file = HomeMadeVitsTest.class.getResourceAsStream("/vits/homemade.zip");
        ZipInputStream zip = new ZipInputStream(file)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        Files.write(folder.resolve(entry.getName()), zip.readAllBytes());
      }
    }
    cases = new ObjectMapper().readTree(folder.resolve("cases.json").toFile());
  }

  private static Stream<String> having(String key) {
    List<String> names = new ArrayList<>();
    cases.fields().forEachRemaining(entry -> {
      if (entry.getValue().has(key)) {
        names.add(entry.getKey());
      }
    });
    assertTrue(!names.isEmpty(), key);
    return names.stream();
  }

  static Stream<String> asking() {
    return having("asks");
  }

  static Stream<String> unaided() {
    return having("unaided");
  }

  static Stream<String> refused() {
    return having("refused");
  }

  private static Map<String, String> said(String name) {
    Map<String, String> said = new LinkedHashMap<>();
    cases.get(name).get("say").fields().forEachRemaining(e -> said.put(e.getKey(), e.getValue().asText()));
    return said;
  }

  private static OpenOptions options(boolean auto, Map<String, String> said) {
    RecognitionHints hints = RecognitionHints.NONE;
    for (Map.Entry<String, String> entry : said.entrySet()) {
      hints =
          entry.getKey().equals("heads") ? hints.withHeads(Integer.parseInt(entry.getValue()))
              : hints.withOwn(entry.getKey(), entry.getValue());
    }
    RenameRules rules = auto ? RenameRules.parse(List.of("auto")) : RenameRules.NONE;
    return OpenOptions.DEFAULT.withNames(null, rules).withHints(hints);
  }

  private static WeightSource source(String name, boolean auto, Map<String, String> said) {
    return WeightSource.of(folder.resolve(name + ".pth")).with(options(auto, said));
  }

  private static TreeSet<String> asked(String message) {
    TreeSet<String> found = new TreeSet<>();
    SETTINGS.stream().filter(setting -> message.contains("`" + setting + "`")).forEach(found::add);
    return found;
  }

  private static String refusal(WeightSource source) {
    return assertThrows(ModelConfigException.class, source::spec).getMessage();
  }

  @ParameterizedTest
  @MethodSource("asking")
  void allThatIsAskedForMakesItEqual(String name) {
    TreeSet<String> expected = new TreeSet<>();
    cases.get(name).get("asks").forEach(setting -> expected.add(setting.asText()));
    String unnamed = refusal(source(name, false, Map.of()));
    assertTrue(unnamed.contains("`rename` auto"), unnamed);
    assertEquals(expected, asked(unnamed), unnamed);
    String auto = refusal(source(name, true, Map.of()));
    assertEquals(expected, asked(auto), auto);
    Map<String, String> all = said(name);
    for (String one : all.keySet()) {
      Map<String, String> others = new LinkedHashMap<>(all);
      others.remove(one);
      String setting = one.equals("heads") ? one : Hints.setting(one);
      String message = refusal(source(name, true, others));
      assertEquals(new TreeSet<>(List.of(setting)), asked(message), message);
    }
    assertEqualLogits(name, source(name, true, all));
  }

  /** Their names say all but heads and pool, of which a warning says what is assumed. */
  @ParameterizedTest
  @MethodSource("unaided")
  void namesThatTellHowItComputes(String name) {
    List<String> warnings = new ArrayList<>();
    try (Warnings.Subscription all = Warnings.sendTo(warnings::add)) {
      source(name, false, Map.of()).spec();
    }
    cases.get(name).get("assumes")
        .forEach(
            setting -> assertTrue(
                warnings.stream().anyMatch(w -> w.contains("`" + setting.asText() + "`")),
                warnings::toString));
    warnings.clear();
    try (Warnings.Subscription all = Warnings.sendTo(warnings::add)) {
      assertEqualLogits(name, source(name, false, said(name)));
    }
    assertEquals(List.of(), warnings);
  }

  @ParameterizedTest
  @MethodSource("refused")
  void othersAreRefusedWithASentence(String name) {
    String reason = cases.get(name).get("refused").asText();
    String message = refusal(source(name, false, Map.of()));
    assertTrue(message.contains(reason), message);
    String auto = refusal(source(name, true, Map.of()));
    assertTrue(auto.contains("`rename` is auto, but"), auto);
  }

  private static void assertEqualLogits(String name, WeightSource source) {
    ArrayData expected = Npy.read(folder.resolve(name + ".logits.npy"));
    ArrayData input = Npy.read(folder.resolve(name + ".input.npy"));
    try (Backend backend = Backends.open("cpu", 2)) {
      LoadedModel model = LoadedModel.open(source, backend);
      float[] logits = model.logits(input.toFloats(), (int) input.shape()[0]);
      float largest = 0;
      for (float value : expected.toFloats()) {
        largest = Math.max(largest, Math.abs(value));
      }
      assertArrayEquals(expected.toFloats(), logits, 2e-5f * largest);
    }
    StateDict original = source.contents();
    StateDict back = source.names().toSource(source.names().weights());
    for (String array : back.names()) {
      assertArrayEquals(original.get(array).shape(), back.get(array).shape(), array);
      assertArrayEquals(original.get(array).rawLittleEndian(), back.get(array).rawLittleEndian(), array);
    }
    assertTrue(back.size() > 20, "too few arrays");
  }
}
