package org.swinengine.train.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.swinengine.train.TrainConfig;

final class SettingTableTest {
  /** Ways of wrapping. */
  public enum Wrap {
    NEVER,
    AT_EDGES
  }

  /**
   * One setting of each kind.
   *
   * @param share a number
   * @param count a whole number
   * @param seed a long one
   * @param on a switch
   * @param name a text
   * @param steps a list
   * @param wrapAt an enum
   * @param forPrograms no setting
   */
  public record All(
      @Setting(
          help = "A share.",
          usual = "0.5", least = 0, most = 1) double share,
      @Setting(
          help = "A count.",
          usual = "3", least = 1, key = "N") int count,
      @Setting(
          help = "A seed.",
          usual = "9") long seed,
      @Setting(
          help = "A switch.",
          usual = "false") boolean on,
      @Setting(
          help = "A name.",
          usual = "abc") String name,
      @Setting(
          help = "Steps.",
          usual = "") List<Double> steps,
      @Setting(
          help = "How.",
          usual = "never", byDefault = "it depends") Wrap wrapAt,
      Object forPrograms) {}

  private static final SettingTable<All> TABLE = SettingTable.of(All.class);

  private static SettingSpec setting(String name) {
    return TABLE.settings().stream().filter(one -> one.name().equals(name)).findFirst().orElseThrow();
  }

  private static void assertSays(String message, Executable action) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, action).getMessage());
  }

  @Test
  void whatIsNotSaidIsUsual() {
    assertEquals(new All(0.5, 3, 9, false, "abc", List.of(), Wrap.NEVER, null), TABLE.from(Map.of()));
    All other = TABLE.from(Map.of("share", 1, "wrapAt", Wrap.AT_EDGES, "forPrograms", "x"));
    assertEquals(new All(1, 3, 9, false, "abc", List.of(), Wrap.AT_EDGES, "x"), other);
    assertEquals(
        List.of("share", "wrapAt"),
        TABLE.changes(other, TABLE.from(Map.of())).stream().map(SettingSpec::name).toList());
  }

  @Test
  void textsAndYamlReadBack() {
    All all = new All(0.1, 7, -1L << 40, true, "a \"b\" \\", List.of(1e-5, 2.0), Wrap.AT_EDGES, null);
    Map<String, Object> byText = new HashMap<>();
    Map<String, Object> byYaml = new HashMap<>();
    for (SettingSpec setting : TABLE.settings()) {
      Object value = setting.of(all);
      byText.put(setting.name(), setting.parse(setting.text(value)));
      Object yaml = org.swinengine.models.Yaml.load(setting.yaml(value), "test");
      byYaml.put(setting.name(), setting.read(yaml, "test"));
    }
    assertEquals(all, TABLE.from(byText));
    assertEquals(all, TABLE.from(byYaml));
    assertEquals("1e-5,2", setting("steps").text(all.steps()));
    assertEquals("at-edges", setting("wrapAt").text(all.wrapAt()));
  }

  @Test
  void whatIsWrongIsNamed() {
    assertSays("`share` is 2, but must be from 0 to 1", () -> TABLE.from(Map.of("share", 2.0)));
    assertSays("`count` is 0, but must be at least 1", () -> TABLE.from(Map.of("count", 0)));
    assertSays("`count` is 2.5, but must be a whole number", () -> TABLE.from(Map.of("count", 2.5)));
    assertSays("`count` is many, but must be a whole number", () -> setting("count").parse("many"));
    assertSays(
        "`wrapAt` is often, but must be one of never, at-edges", () -> setting("wrapAt").parse("often"));
    assertSays("run: TRAIN.N must be a whole number, not x", () -> setting("count").read("x", "run: TRAIN"));
    assertSays(
        "run: TRAIN.ON must be true or false, not yes", () -> setting("on").read("yes", "run: TRAIN"));
    assertSays("`share` is NaN, but must be from 0 to 1",
        () -> TABLE.check(new All(Double.NaN, 3, 9, false, "", List.of(), Wrap.NEVER, null)));
  }

  @Test
  void helpSaysWhatHoldsByDefault() {
    assertEquals("A share. Default: 0.5.", setting("share").help());
    assertEquals("A switch.", setting("on").help());
    assertEquals("How. Default: it depends.", setting("wrapAt").help());
    assertEquals("never|at-edges", setting("wrapAt").label());
  }

  /** Names and keys are those of one map, one section of a file, one command line. */
  @Test
  void noTwoSettingsOfARunHaveTheSameName() {
    Set<String> names = new HashSet<>();
    Set<String> keys = new HashSet<>();
    for (SettingSpec setting : TrainConfig.settings()) {
      assertTrue(names.add(setting.name()), setting.name());
      assertTrue(keys.add(setting.key()), setting.key());
    }
  }
}
