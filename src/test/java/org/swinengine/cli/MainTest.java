package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class MainTest {
  private static final Set<String> ALL = Set.of(
      "train", "eval", "predict", "infer", "fit-batch", "inspect", "convert", "models", "devices", "bench", "gradcheck",
      "help");

  private static Set<String> commandsFor(String... arguments) {
    return Main.commandLine(arguments).getSubcommands().keySet();
  }

  @Test
  void onlyTheCommandThatIsMeantIsSetUp() {
    for (String name : ALL) {
      assertEquals(name.equals("help") ? ALL : Set.of(name), commandsFor(name, "--help"));
    }
  }

  @Test
  void allCommandsAreThereWhereNoneComesFirst() {
    assertEquals(ALL, commandsFor());
    assertEquals(ALL, commandsFor("--help"));
    assertEquals(ALL, commandsFor("--verbose", "predict"));
    assertEquals(ALL, commandsFor("predikt"));
  }

  private static String help(String... arguments) {
    CommandLine line = Main.commandLine(arguments);
    StringWriter out = new StringWriter();
    line.setOut(new PrintWriter(out, true));
    assertEquals(0, line.execute(arguments));
    return out.toString();
  }

  @Test
  void aCommandAloneIsWhatItIsAmongAll() {
    for (String name : ALL) {
      if (!name.equals("help")) {
        String alone = help(name, "--help");
        assertTrue(alone.contains("Usage: swin-engine " + name), alone);
        assertTrue(alone.contains("--verbose"), alone);
        assertEquals(help("help", name), alone);
      }
    }
  }

  @Test
  void aTypoIsNamed() {
    CommandLine line = Main.commandLine("predikt");
    StringWriter err = new StringWriter();
    line.setErr(new PrintWriter(err, true));
    assertEquals(2, line.execute("predikt"));
    assertTrue(err.toString().contains("predikt"), err.toString());
  }

  @Test
  void theProcessorIsWarmedUpEarlyWhereItWillCompute() {
    assertTrue(EarlyWarmUp.isWorthwhile(List.of("predict", "--weights", "a.pth", "b.jpg"), false));
    assertTrue(EarlyWarmUp.isWorthwhile(List.of("eval", "--device", "cpu"), true));
    assertTrue(EarlyWarmUp.isWorthwhile(List.of("infer", "--device=cpu"), true));
    assertTrue(EarlyWarmUp.isWorthwhile(List.of("train"), false));
    assertFalse(EarlyWarmUp.isWorthwhile(List.of("predict", "--weights", "a.pth", "b.jpg"), true));
    assertFalse(EarlyWarmUp.isWorthwhile(List.of("predict", "--device", "reference"), false));
    assertFalse(EarlyWarmUp.isWorthwhile(List.of("predict", "--device=cuda:1"), false));
    assertFalse(EarlyWarmUp.isWorthwhile(List.of("predict", "--help"), false));
    assertFalse(EarlyWarmUp.isWorthwhile(List.of("inspect", "a.pth"), false));
    assertFalse(EarlyWarmUp.isWorthwhile(List.of(), false));
  }
}
