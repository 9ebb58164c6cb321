package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.backend.cuda.CudaBackendsForTests;
import org.swinengine.backend.cuda.RecordedCalls;
import org.swinengine.weights.Npy;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Every option of the commands that compute, with {@code --device cuda}: it does there what it does on the
 * processor, to the last bit of every number and checkpoint, or both say in one sentence why not. What
 * NVIDIA's libraries compute is near. The commands stand in {@code cuda/options.txt}.
 */
class CudaOptionsIT {
  private static final List<String> COMPUTING =
      List.of("train", "eval", "predict", "infer", "fit-batch", "embed", "bench");

  /** They choose what the test itself chooses, or compute nothing. */
  private static final Set<String> ELSEWHERE =
      Set.of("--device", "--help", "--version", "--model", "--heads");

  /** Figures of how long and how much, which are the machine's. */
  private static final Pattern OF_THE_MACHINE =
      Pattern.compile(
          "device|folder|.*(seconds|second|_ms|_mb|bytes|gflops|threads|peak|tile|time|simd|version)");

  /** Of what NVIDIA's libraries have computed. */
  private static final double RELATIVE = 2e-3;
  private static final double ABSOLUTE = 2e-4;

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir
  static Path folder;
  private static Map<String, String> named;

  /** Options that commands share, those of reading weights for example, are tried with one of them. */
  @Test
  void theFileNamesEveryOption() throws IOException {
    Set<Object> tried = new HashSet<>();
    Set<String> missing = new TreeSet<>();
    for (boolean collect : List.of(true, false)) {
      for (String command : COMPUTING) {
        List<OptionsLine> own = OptionsLine.of(OptionsLine.OPTIONS).stream()
            .filter(line -> line.command().equals(command)).toList();
        CommandLine line = Main.commandLine(command).getSubcommands().get(command);
        for (OptionSpec option : line.getCommandSpec().options()) {
          Object shared = option.userObject() instanceof Field field ? field : command + option.longestName();
          if (collect && own.stream().anyMatch(each -> each.names(option))) {
            tried.add(shared);
          } else if (!collect && !tried.contains(shared) && !ELSEWHERE.contains(option.longestName())) {
            missing.add(command + " " + option.longestName());
          }
        }
      }
    }
    assertEquals(Set.of(), missing, "options that no line of cuda/options.txt tries");
  }

  @BeforeAll
  static void world() throws IOException {
    CudaBackendsForTests.provideLibraries();
    named = CudaOptionsWorld.make(folder);
    for (String device : List.of("cpu", "cuda")) {
      Files.createDirectories(folder.resolve(device));
    }
  }

  @TestFactory
  Stream<DynamicTest> onTheGpuAsOnTheProcessor() throws IOException {
    return OptionsLine.of(OptionsLine.OPTIONS).stream()
        .map(line -> DynamicTest.dynamicTest(String.join(" ", line.words()), () -> check(line)));
  }

  private static void check(OptionsLine line) throws IOException {
    if (line.bf16()) {
      checkPrecision(line);
      return;
    }
    Ran processor = run(line, "cpu", "off");
    Ran gpu = run(line, "cuda", "off");
    assertEnds(line, processor);
    assertEnds(line, gpu);
    if (line.words().contains("--json") && !line.command().equals("bench")) {
      assertSame(line, "the answer", JSON.readTree(processor.output()), JSON.readTree(gpu.output()));
    }
    assertSameFiles(line);
  }

  /** The line's products are of the precision that it names; cuBLAS's have no name that says it. */
  private static void checkPrecision(OptionsLine line) {
    if (!CudaBackendsForTests.isEmulated()) {
      assertEquals(0, run(line, "cuda", "bf16").code()); // a GPU keeps no list of what was launched
      return;
    }
    String precision = line.words().contains("--tf32") ? "_tf32" : "_bf16";
    List<Ran> ran = new ArrayList<>();
    Set<String> launched = new TreeSet<>();
    for (RecordedCalls.Call call : RecordedCalls.of(() -> ran.add(run(line, "cuda", "bf16")))) {
      launched.add(call.kernel());
    }
    assertEquals(0, ran.get(0).code(), ran.get(0).output() + ran.get(0).errors());
    if (!line.words().contains("--cublas")) {
      List<String> products = launched.stream().filter(kernel -> kernel.matches("product_.*")).toList();
      assertTrue(products.stream().anyMatch(kernel -> kernel.endsWith(precision)), products::toString);
      assertTrue(
          products.stream().allMatch(kernel -> kernel.matches(".*(" + precision + "|_bf16f32)")),
          products::toString);
    }
  }

  private static void assertEnds(OptionsLine line, Ran ran) {
    assertEquals(line.code(), ran.code(), ran.output() + ran.errors());
    assertTrue(ran.errors().contains(line.sentence()), ran.errors());
  }

  private static Ran run(OptionsLine line, String device, String amp) {
    Path out = folder.resolve(device);
    List<String> words =
        OptionsLine.named(device.equals("cpu") ? line.withoutLibraries() : line.words(), named, out);
    words.addAll(List.of("--device", device));
    if (!words.contains("--amp")) {
      words.addAll(List.of("--amp", amp));
    }
    return Ran.of(words.toArray());
  }

  /** What the command has written on both devices is the same. */
  private static void assertSameFiles(OptionsLine line) throws IOException {
    int tag = line.words().indexOf("--tag");
    if (tag >= 0) {
      Path run = Path.of(line.words().get(tag + 1));
      for (Path metrics : filesOf("cpu", run, "metrics.jsonl")) {
        List<String> expected = Files.readAllLines(folder.resolve("cpu").resolve(metrics));
        List<String> found = Files.readAllLines(folder.resolve("cuda").resolve(metrics));
        assertEquals(expected.size(), found.size(), metrics.toString());
        for (int i = 0; i < expected.size(); i++) {
          assertSame(line, metrics + " " + i, JSON.readTree(expected.get(i)), JSON.readTree(found.get(i)));
        }
      }
      for (Path weights : line.isExact() ? filesOf("cpu", run, "last.safetensors") : List.<Path>of()) {
        assertArrayEquals(
            Files.readAllBytes(folder.resolve("cpu").resolve(weights)),
            Files.readAllBytes(folder.resolve("cuda").resolve(weights)), weights.toString());
      }
    }
    for (String word : line.words()) {
      if (word.matches("OUT/.*\\.npy") && line.code() == 0) {
        float[] expected = Npy.read(folder.resolve(word.replace("OUT", "cpu"))).toFloats();
        float[] found = Npy.read(folder.resolve(word.replace("OUT", "cuda"))).toFloats();
        assertEquals(expected.length, found.length);
        for (int i = 0; i < expected.length; i++) {
          assertNear(line, word + " " + i, expected[i], found[i]);
        }
      }
    }
  }

  private static List<Path> filesOf(String device, Path below, String name) throws IOException {
    Path root = folder.resolve(device);
    try (Stream<Path> all = Files.walk(root.resolve(below))) {
      List<Path> found = all.filter(file -> file.endsWith(name)).map(root::relativize).toList();
      assertTrue(!found.isEmpty(), () -> "no " + name + " in " + below);
      return found;
    }
  }

  private static void assertSame(OptionsLine line, String where, JsonNode expected, JsonNode found) {
    assertEquals(expected.getNodeType(), found.getNodeType(), where);
    if (expected.isObject()) {
      expected.fieldNames().forEachRemaining(name -> {
        if (!OF_THE_MACHINE.matcher(name).matches()) {
          assertTrue(found.has(name), () -> where + ": no " + name);
          assertSame(line, where + " " + name, expected.get(name), found.get(name));
        }
      });
    } else if (expected.isArray()) {
      assertEquals(expected.size(), found.size(), where);
      for (int i = 0; i < expected.size(); i++) {
        assertSame(line, where + " " + i, expected.get(i), found.get(i));
      }
    } else if (expected.isNumber()) {
      assertNear(line, where, expected.asDouble(), found.asDouble());
    } else {
      String own = folder.resolve("cuda").toString();
      assertEquals(expected.asText().replace(folder.resolve("cpu").toString(), own), found.asText(), where);
    }
  }

  private static void assertNear(OptionsLine line, String where, double expected, double found) {
    double most = line.isExact() ? 0 : ABSOLUTE + RELATIVE * Math.abs(expected);
    assertTrue(
        Math.abs(expected - found) <= most,
        () -> where + ": " + expected + " on the processor, " + found + " on the GPU");
  }
}
