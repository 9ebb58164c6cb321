package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.regex.Pattern;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.swinengine.train.TrainConfig;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine;

class MainTest {
  private static final Set<String> ALL = Set.of(
      "train", "eval", "report", "runs", "predict", "embed", "neighbours", "infer", "fit-batch", "data",
      "inspect",
      "convert", "models",
      "recipes", "devices", "bench",
      "gradcheck",
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

  private static String error(String... arguments) {
    CommandLine line = Main.commandLine(arguments);
    StringWriter err = new StringWriter();
    line.setErr(new PrintWriter(err, true));
    assertEquals(2, line.execute(arguments));
    return err.toString().strip();
  }

  @Test
  void aTypoIsNamed() {
    String predict =
        "swin-engine: there is no command predikt; did you mean predict?; see `swin-engine --help`";
    assertEquals(predict, error("predikt"));
    assertEquals(predict, error("help", "predikt"));
    assertTrue(error("trian", "--epochs", "3").contains("did you mean train?"));
    assertEquals("swin-engine: there is no command xyzzyxyzzy; see `swin-engine --help`",
        error("xyzzyxyzzy"));
  }

  @Test
  void aTypoInAnOptionIsNamed() {
    assertEquals(
        "swin-engine: train has no option --epoch (did you mean --epochs?); see `swin-engine train --help`",
        error("train", "--epoch", "3"));
    assertTrue(
        error("train", "--batchsize=3", "--learnig-rate", "3").startsWith(
            "swin-engine: train has no option --batchsize (did you mean --batch-size?) and no option"
                + " --learnig-rate"));
    assertTrue(error("bench", "--imagesize", "32").contains("did you mean --image-size?"));
    assertTrue(
        error("train", "--xyzzyxyzzy").startsWith("swin-engine: train has no option --xyzzyxyzzy; see"));
  }

  /** All that a run can be told, under headings, with what holds where it is not told. */
  @Test
  void theHelpOfTrainIsGroupedAndNamesTheDefaults() {
    String help = help("train", "--help");
    int at = 0;
    for (String heading : TrainOptions.headings().values()) {
      assertTrue(help.indexOf("\n" + heading + "\n", at) > at, heading + " in " + help);
      at = help.indexOf(heading, at);
    }
    CommandLine train = Main.commandLine("train").getSubcommands().get("train");
    String listed = help.substring(help.indexOf(TrainOptions.headings().get("model")));
    String words = listed.replaceAll("\\s+", " ");
    for (OptionSpec option : train.getCommandSpec().options()) {
      String longest = option.longestName();
      String name = "(?m)^  (-\\w, |    )(--[a-z\\[\\]-]+, )*\\Q"
          + (option.negatable() ? longest.replaceFirst("--(no-)?", "--[no-]") : longest) + "\\E([= ,]|$)";
      assertEquals(option.hidden() ? 0 : 1, Pattern.compile(name).matcher(listed).results().count(), name);
    }
    TrainConfig builtIn = TrainConfig.builtIn();
    TrainConfig other = TrainConfig.forData(null, builtIn.model()).build();
    for (String part : List.of(
        "Default: " + builtIn.epochs() + " on the built-in images, else " + other.epochs() + ".",
        "Default: " + builtIn.batchSize() + " on the built-in images, else " + other.batchSize() + ".",
        "Default: " + builtIn.accumulationSteps() + ".",
        "Default: " + builtIn.optimization().warmupSteps() + " on the built-in images.",
        "Default: " + builtIn.optimization().weightDecay() + ".",
        "Default: " + (int) builtIn.optimization().clipNorm() + ".",
        "Default: 0 on the built-in images, else " + other.labelSmoothing() + ".",
        "Default: 0 on the built-in images, else " + other.augmentation().cropScale() + ".",
        "Default: " + builtIn.augmentation().flip() + ".",
        "Default: " + other.validationFraction() + ".")) {
      assertTrue(words.contains(part), part + " in " + words);
    }
    assertEquals(List.of(3e-3, 0.0, 3e-5),
        List.of(builtIn.learningRate(), builtIn.minimumRate(), builtIn.warmupRate()));
    assertTrue(words.contains("Default: 3e-3 on the built-in images;") && words.contains("Default: 3e-5 on"),
        words);
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
