package org.swinengine.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RenameRulesTest {
  @Test
  void rulesFollowEachOther() {
    RenameRules rules =
        RenameRules.parse(
            List.of("^transformer_layers\\.(\\d+)=>blocks.$1", "layer_norm_(\\d)=>norm\\1",
                "^blocks=>layers"));
    assertEquals("layers.3.norm1.weight", rules.apply("transformer_layers.3.layer_norm_1.weight"));
    assertEquals("head.bias", rules.apply("head.bias"));
  }

  @Test
  void emptyNamesAreLeftOut() {
    StateDict.Builder dict = StateDict.builder();
    dict.put("keep", ArrayData.ofFloats(new long[] {1}, 1));
    dict.put("optimizer.step", ArrayData.ofFloats(new long[] {1}, 2));
    RenameRules rules = RenameRules.parse(List.of("^optimizer\\..*=>"));
    assertEquals(List.of("keep"),
        List.copyOf(NamedWeights.of(dict.build(), NameTables.NONE, null, rules).weights().names()));
  }

  @Test
  void rulesFromAFile(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("rules.txt");
    Files.writeString(file, "# of the trainer\n\n  ^encoder\\.(.+) => $1  \n^fc\\.=>head.\n");
    RenameRules rules = RenameRules.parse(List.of(file.toString()));
    assertEquals("norm.weight", rules.apply("encoder.norm.weight"));
    assertEquals("head.bias", rules.apply("fc.bias"));
  }

  @Test
  void autoAsksForRulesThatAreFound() {
    RenameRules rules = RenameRules.parse(List.of("auto", "^a=>b"));
    assertTrue(rules.isAutomatic());
    RenameRules all = rules.andThen(RenameRules.parse(List.of("^b=>c")));
    assertEquals("c1", all.apply("a1"));
    assertEquals(false, all.isAutomatic() || RenameRules.parse(List.of("^a=>b")).isAutomatic());
  }

  @ParameterizedTest
  @CsvSource({
    "'(=>x', expression", "'a(b)=>$2', 'group 2'", "'a=>$x', replacement", "no/such/file.txt, neither"
  })
  void mistakesAreExplained(String rule, String part) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> RenameRules.parse(List.of(rule))).getMessage();
    assertTrue(message.contains(part), message);
  }

  @Test
  void mistakesInAFileNameTheLine(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("rules.txt");
    Files.writeString(file, "a=>b\nnothing\n");
    String message =
        assertThrows(IllegalArgumentException.class, () -> RenameRules.parse(List.of(file.toString())))
            .getMessage();
    assertTrue(message.contains("line 2") && !message.contains("nothing"), message);
  }

  @Test
  void twoArraysOfOneNameAreRefused() {
    StateDict.Builder dict = StateDict.builder();
    dict.put("a1", ArrayData.ofFloats(new long[] {1}, 1));
    dict.put("a2", ArrayData.ofFloats(new long[] {1}, 2));
    RenameRules rules = RenameRules.parse(List.of("\\d=>"));
    String message =
        assertThrows(IllegalArgumentException.class,
            () -> NamedWeights.of(dict.build(), NameTables.NONE, null, rules))
            .getMessage();
    assertTrue(message.contains("a1") && message.contains("a2"), message);
  }
}
