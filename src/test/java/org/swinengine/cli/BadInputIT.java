package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.launch.LauncherRun;

/** Whatever the user gets wrong, the answer is one sentence, an exit code, and nothing lost. */
class BadInputIT {
  private static final int FAILED = 1;
  private static final int USAGE = 2;

  @TempDir
  static Path temporary;
  private static TinyWorld world;
  private static Jar jar;

  @BeforeAll
  static void trainOnce() throws Exception {
    world = new TinyWorld(temporary);
    jar = new Jar(temporary);
    jar.run(world.train("good")).succeeded();
  }

  @Test
  void aMissingDataFolder() throws Exception {
    jar.run("train", "--data-path", "nowhere", "--tag", "missing")
        .failedWith(FAILED, "nowhere", "does not exist");
    assertFalse(Files.exists(world.run("missing")));
  }

  @Test
  void anEmptyDataFolder() throws Exception {
    Files.createDirectories(temporary.resolve("empty"));
    jar.run("train", "--data-path", "empty", "--tag", "none").failedWith(FAILED, "empty");
    assertFalse(Files.exists(world.run("none")));
  }

  @Test
  void oneClassOnly() throws Exception {
    TinyWorld.pictures(temporary.resolve("one/red"), 4);
    jar.run("train", "--cfg", "tiny.yaml", "--data-path", "one", "--tag", "one")
        .failedWith(FAILED, "one", "class");
  }

  @Test
  void anUnreadableImageIsSkippedCountedAndListed() throws Exception {
    Path data = temporary.resolve("damaged");
    TinyWorld.pictures(data.resolve("red"), 6);
    TinyWorld.pictures(data.resolve("green"), 6);
    Files.writeString(data.resolve("red/broken.png"), "no picture");
    Jar.Result result =
        jar.run(
            "train", "--cfg", "tiny.yaml", "--data-path", "damaged", "--batch-size", "4", "--epochs", "1",
            "--tag", "damaged");
    result.succeeded();
    assertTrue(result.output().contains("1 unreadable image"), result::toString);
    String listed = Files.readString(world.run("damaged").resolve("skipped.txt"));
    assertEquals(1, listed.lines().count(), listed);
    assertTrue(listed.contains("broken.png"), listed);
  }

  @Test
  void anUnreadableImageDoesNotKeepOthersFromPrediction() throws Exception {
    Path broken = Files.writeString(temporary.resolve("broken.jpg"), "no picture");
    Jar.Result result =
        jar.run(
            "predict", "--weights", "runs/good/best.safetensors", broken.toString(), "data/val/red/0.png");
    assertEquals(FAILED, result.exitCode(), result::toString);
    assertEquals(2, result.errorLines().size(), result::toString);
    assertTrue(result.errorLines().get(0).contains("broken.jpg"), result::toString);
    assertTrue(result.errorLines().get(1).contains("1 of 2"), result::toString);
    assertTrue(result.output().startsWith("data/val/red/0.png"), result::toString);
  }

  @Test
  void anUnknownModel() throws Exception {
    jar.run("train", "--model", "swin_tiny_patch4_window7_244")
        .failedWith(USAGE, "swin_tiny_patch4_window7_244", "did you mean swin_tiny_patch4_window7_224");
  }

  @Test
  void anUnknownDevice() throws Exception {
    jar.run(world.train("device", "--device", "tpu")).failedWith(USAGE, "tpu", "cpu");
  }

  @Test
  void vectorsThatThereAreNot() throws Exception {
    new Jar(temporary).simd("1024").run("devices").failedWith(FAILED, "swin.simd=1024", "256", "off");
    new Jar(temporary).simd("1024").run(world.train("simd")).failedWith(FAILED, "swin.simd=1024", "256",
        "off");
  }

  @Test
  void aTileThatThereIsNot() throws Exception {
    Jar.Result devices = new Jar(temporary).simd("auto").option("-Dswin.tile=9x9").run("devices");
    devices.failedWith(FAILED, "swin.tile=9x9", "12x2", "leave it out");
    assertEquals("", devices.output());
    new Jar(temporary).simd("auto").option("-Dswin.tile=9x9").run(world.train("tile"))
        .failedWith(FAILED, "swin.tile=9x9", "12x2", "leave it out");
    assertFalse(Files.exists(world.run("tile")));
  }

  @Test
  void anUnknownOption() throws Exception {
    jar.run("train", "--epoch", "3").failedWith(USAGE, "--epoch", "swin-engine train --help");
  }

  @Test
  void contradictingOptions() throws Exception {
    jar.run("train", "--cfg", "tiny.yaml", "--model", "vit_nano_patch4_28")
        .failedWith(USAGE, "--cfg", "one of them");
    jar.run("train", "--lr", "1", "--lr", "2").failedWith(USAGE, "--lr", "only once");
    jar.run("models", "show").failedWith(USAGE, "--cfg");
    jar.run("train", "--recipe", "linear-probe").failedWith(USAGE, "--recipe linear-probe", "--pretrained");
    jar.run("train", "--recipe", "quick").failedWith(USAGE, "--recipe is quick", "small-data");
    jar.run("train", "--resume", "--recipe", "deit").failedWith(USAGE, "--recipe", "begins");
  }

  @Test
  void anOptionOutOfRange() throws Exception {
    jar.run(world.train("range", "--label-smoothing", "1.5")).failedWith(USAGE,
        "--label-smoothing is 1.5, but must be from 0 to 1");
  }

  @Test
  void anImageSizeThatTheModelCannotTake() throws Exception {
    jar.run(world.train("size", "--image-size", "10")).failedWith(USAGE, "cannot be cut into windows");
    jar.run("models", "show", "vit_base_patch16_224", "--size", "225").failedWith(USAGE, "225", "patches");
    assertFalse(Files.exists(world.run("size")));
  }

  @Test
  void aBatchLargerThanTheData() throws Exception {
    jar.run(world.train("batch", "--batch-size", "25")).failedWith(FAILED, "25", "24");
    jar.run(world.train("batch", "--accumulation-steps", "7")).failedWith(FAILED, "28", "24");
    assertFalse(Files.exists(world.run("batch")));
  }

  @Test
  void aCheckpointOfAnotherModel() throws Exception {
    Path last = world.run("good").resolve("last.safetensors");
    byte[] before = Files.readAllBytes(last);
    jar.run(
        "predict", "--weights", "runs/good/best.safetensors", "--cfg", "other.yaml", "data/val/red/0.png")
        .failedWith(FAILED, "best.safetensors", "other");
    jar.run("train", "--resume", "--tag", "good", "--cfg", "other.yaml", "--epochs", "2")
        .failedWith(FAILED, "cannot resume", "model");
    assertArrayEquals(before, Files.readAllBytes(last));
  }

  @Test
  void aCheckpointThatIsCutOff() throws Exception {
    byte[] whole = Files.readAllBytes(world.run("good").resolve("best.safetensors"));
    Files.write(temporary.resolve("cut.safetensors"), Arrays.copyOf(whole, whole.length / 2));
    jar.run("eval", "--weights", "cut.safetensors", "--data-path", "data")
        .failedWith(FAILED, "cut.safetensors");
  }

  @Test
  void dataOfOtherClasses() throws Exception {
    jar.run("eval", "--weights", "runs/good/best.safetensors").failedWith(FAILED, "2 classes", "10");
  }

  @Test
  void aLossThatIsNoNumber() throws Exception {
    // Linear warm-up: the first step is harmless, the second is not.
    jar.run(
        world.train(
            "diverged", "--lr", "1e30", "--warmup-lr", "1e-9", "--warmup-steps", "8", "--clip-grad", "0",
            "--save-every", "1"))
        .failedWith(FAILED, "diverged", "epoch 1, step 3", "layers.0.blocks.0", "last.safetensors");
    Path last = world.run("diverged").resolve("last.safetensors");
    byte[] kept = Files.readAllBytes(last);
    jar.run("train", "--resume", "--tag", "diverged").failedWith(FAILED, "epoch 1, step 3");
    assertArrayEquals(kept, Files.readAllBytes(last));
  }

  @Test
  void aRunFolderInUse() throws Exception {
    LauncherRun first = jar.start(world.train("busy", "--epochs", "100000"));
    try {
      Path last = world.run("busy").resolve("last.safetensors");
      LauncherRun.await("there is a checkpoint", () -> Files.exists(last) || !first.process().isAlive());
      jar.run("train", "--resume", "--tag", "busy").failedWith(FAILED, "busy", "in use");
      assertTrue(first.process().isAlive(), first::errors);
    } finally {
      first.process().destroyForcibly();
    }
  }

  @Test
  void theStackTraceComesWithVerbose() throws Exception {
    Jar.Result result = jar.run("inspect", "nonsense.pth", "--verbose");
    assertEquals(FAILED, result.exitCode());
    assertTrue(result.errors().contains("\tat org.swinengine"), result::toString);
  }

  @Test
  void bombsAndNamedPipesAreNamedAndAllOthersPredicted() throws Exception {
    Path folder = temporary.resolve("hostile");
    TinyWorld.pictures(folder.resolve("red"), 40);
    Path pictures = folder.resolve("red");
    // 13,000 x 13,000 pixels in 165 kB; a canvas of 65,535 x 65,535 in 35 bytes.
    writeBlackPng(pictures.resolve("1-bomb.png"), 13_000);
    Files.write(
        pictures.resolve("1-canvas.gif"),
        HexFormat.of().parseHex("474946383961ffffffff800000000000ffffff2c00000000010001000002024401003b"));
    Files.writeString(pictures.resolve("1-foreign.txt"), "no picture");
    Process pipe = new ProcessBuilder("mkfifo", pictures.resolve("1-pipe.png").toString()).start();
    assertEquals(0, pipe.waitFor());
    Jar.Result result =
        new Jar(temporary).option("-Xmx200m").run("predict", "--weights", "runs/good/best.safetensors",
            pictures.toString());
    assertEquals(FAILED, result.exitCode(), result::toString);
    assertEquals(40, result.output().lines().count(), result::toString);
    List<String> errors = result.errorLines();
    assertEquals(5, errors.size(), result::toString);
    assertTrue(errors.get(0).contains("1-bomb.png states a size of 13000x13000 pixels in a file of"),
        errors::toString);
    assertTrue(errors.get(1).contains("1-canvas.gif states a size of 65535x65535 pixels"), errors::toString);
    assertTrue(errors.get(2).contains("1-foreign.txt is not an image"), errors::toString);
    assertTrue(errors.get(3).contains("1-pipe.png is not a regular file"), errors::toString);
    assertTrue(errors.get(4).contains("4 of 44 pictures"), errors::toString);
  }

  @Test
  void namedPipesInOtherPlacesAreRefused() throws Exception {
    Path pipe = temporary.resolve("pipe");
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    String[] predict = {"predict", "--weights", "runs/good/best.safetensors", "data/val/red/0.png"};
    String[] withNames = Arrays.copyOf(predict, 6);
    withNames[4] = "--class-names";
    withNames[5] = "pipe";
    jar.run(withNames).failedWith(FAILED, "pipe", "not a regular file");
    jar.run("train", "--cfg", "pipe", "--data-path", "data").failedWith(FAILED, "pipe", "not a regular file");
    jar.run("inspect", "pipe").failedWith(FAILED, "pipe", "not a regular file");
  }

  static void writeBlackPng(Path file, int side) throws Exception {
    ByteArrayOutputStream rows = new ByteArrayOutputStream();
    try (DeflaterOutputStream deflated = new DeflaterOutputStream(rows)) {
      for (int y = 0; y < side; y++) {
        deflated.write(new byte[side + 1]);
      }
    }
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(png);
    out.writeLong(0x89504E470D0A1A0AL);
    ByteBuffer header = ByteBuffer.allocate(13).putInt(side).putInt(side).put(new byte[] {8, 0, 0, 0, 0});
    for (Object[] chunk : new Object[][] {{"IHDR", header.array()}, {"IDAT", rows.toByteArray()},
      {"IEND", new byte[0]}}) {
      byte[] content = (byte[]) chunk[1];
      byte[] type = ((String) chunk[0]).getBytes(StandardCharsets.US_ASCII);
      CRC32 sum = new CRC32();
      sum.update(type);
      sum.update(content);
      out.writeInt(content.length);
      out.write(type);
      out.write(content);
      out.writeInt((int) sum.getValue());
    }
    Files.write(file, png.toByteArray());
  }
}
