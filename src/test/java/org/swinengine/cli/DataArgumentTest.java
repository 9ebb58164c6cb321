package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Data that are named without an option. */
class DataArgumentTest {
  private static final int USAGE = 2;

  @TempDir
  Path folder;
  private TinyWorld world;

  @BeforeEach
  void world() throws IOException {
    world = new TinyWorld(folder);
  }

  private Ran train(Object... words) {
    Object[] all = new Object[words.length + 11];
    Object[] usual = {"train", "--cfg", world.model(), "--batch-size", 4, "--device", "cpu", "--output",
      folder.resolve("runs"), "--epochs", 1};
    System.arraycopy(usual, 0, all, 0, usual.length);
    System.arraycopy(words, 0, all, usual.length, words.length);
    return Ran.of(all);
  }

  private String config(String tag) throws IOException {
    return Files.readString(world.run(tag).resolve("config.yaml")).replace("TAG: " + tag, "TAG: x");
  }

  @Test
  void theyAreWhatTheOptionSays() throws IOException {
    train("--data-path", world.data(), "--tag", "option").succeeded();
    train("--data-path", world.data(), "--tag", "named", world.data().resolve("../data")).succeeded();
    assertEquals(config("option"), config("named").replace("/data/../data", "/data"));
    assertTrue(config("named").contains(world.data().toString()), config("named"));
    Path weights = world.run("option").resolve("best.safetensors");
    assertEquals(
        Ran.of("eval", "--weights", weights, "--data-path", world.data(), "--device", "cpu", "--json")
            .succeeded(),
        Ran.of("eval", world.data(), "--weights", weights, "--device", "cpu", "--json").succeeded());
    assertEquals(
        Ran.of("data", "check", world.data()).output(),
        Ran.of("data", "check", "--data-path", world.data()).output());
  }

  @Test
  void aRunGoesOnByItsFolderAndWithDataThatWereMoved() throws IOException {
    train(world.data(), "--tag", "again").succeeded();
    Ran.of("train", "--resume", world.run("again"), "--epochs", 2, "--device", "cpu").succeeded();
    assertTrue(config("again").contains("EPOCHS: 2"), config("again"));
    Path elsewhere = Files.move(world.data(), folder.resolve("elsewhere"));
    Ran.of("train", elsewhere, "--resume", "--tag", "again", "--output", folder.resolve("runs"), "--epochs",
        3, "--device", "cpu").succeeded();
    assertTrue(config("again").contains(elsewhere.toString()), config("again"));
  }

  @Test
  void twoDifferentOnesAreRefused() {
    Path other = folder.resolve("other");
    train(other, "--data-path", world.data()).failedWith(USAGE, other.toString(), world.data().toString(),
        "once");
    Ran.of("eval", other, "--data-path", world.data(), "--weights", "w.pth").failedWith(USAGE, "once");
    Ran.of("data", "check", other, "--data-path", world.data()).failedWith(USAGE, "once");
    Ran.of("data", "check").failedWith(USAGE, "name the data");
    train(other, world.data()).failedWith(USAGE, world.data().toString());
  }

  @Test
  void optionsThatThereAreNotStayRefused() {
    train("--tga", "x").failedWith(USAGE, "train has no option --tga;");
    train("--batchsize", "3", world.data()).failedWith(USAGE, "no option --batchsize");
    train("-tag", "x").failedWith(USAGE, "no option -tag");
    train("--resume", "swin.pth").failedWith(USAGE, "--resume", "swin.pth", "--pretrained");
  }

  @Test
  void whatFollowsTwoDashesIsNoOption() {
    Ran.of("train", "--model", "vit_nano_patch4_28", "--opts", "MODEL.DROP_PATH_RATE", "0", "--", "--tag",
        "x").failedWith(USAGE, "x");
    Ran.of("train", "--model", "vit_nano_patch4_28", "--opts", "MODEL.DROP_PATH_RATE", "0", "--", "--tag")
        .failedWith(USAGE, "--tag stands after --, where options end");
    Ran.of("train", "--model", "vit_nano_patch4_28", "--opts", "MODEL.DROP_PATH_RATE", "0", "--",
        folder.resolve("nowhere")).failedWith(1, "nowhere", "does not exist");
  }
}
