package org.swinengine.data.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.data.DataSplits;
import org.swinengine.data.DatasetOptions;
import org.swinengine.data.Datasets;
import org.swinengine.data.check.Finding.Kind;

/** What is wrong with data is found, and nothing else. */
class DataCheckTest {
  @TempDir
  Path folder;

  /** A picture of a few soft blobs. */
  private static BufferedImage picture(long seed, int side) {
    Random random = new Random(seed);
    BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
    double[][] blobs = new double[6][];
    for (int i = 0; i < blobs.length; i++) {
      blobs[i] = random.doubles(6).toArray();
    }
    for (int y = 0; y < side; y++) {
      for (int x = 0; x < side; x++) {
        double[] rgb = new double[3];
        for (double[] blob : blobs) {
          double dx = (double) x / side - blob[0];
          double dy = (double) y / side - blob[1];
          double part = Math.exp(-20 * (dx * dx + dy * dy));
          for (int c = 0; c < 3; c++) {
            rgb[c] += 120 * part * blob[3 + c];
          }
        }
        int colour = 0;
        for (double c : rgb) {
          colour = colour << 8 | (int) Math.min(255, c);
        }
        image.setRGB(x, y, colour);
      }
    }
    return image;
  }

  private void write(String name, BufferedImage image) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    ImageIO.write(image, name.substring(name.lastIndexOf('.') + 1), file.toFile());
  }

  private static BufferedImage resized(BufferedImage image, int side) {
    BufferedImage small = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = small.createGraphics();
    graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
    graphics.drawImage(image, 0, 0, side, side, null);
    graphics.dispose();
    return small;
  }

  private CheckReport check() throws IOException {
    return DataCheck.of(folder, DatasetOptions.DEFAULT);
  }

  private static List<String> samples(CheckReport report, Kind kind) {
    return report.findings().stream().filter(finding -> finding.kind() == kind)
        .flatMap(finding -> finding.samples().stream()).toList();
  }

  private void soundData() throws IOException {
    for (int i = 0; i < 12; i++) {
      String part = i < 8 ? "train/" : "test/";
      write(part + (i % 2 == 0 ? "a/" : "b/") + i + ".png", picture(i, 96));
    }
  }

  @Test
  void nothingIsFoundInSoundData() throws IOException {
    soundData();
    CheckReport report = check();
    assertEquals(List.of(), report.findings());
    assertFalse(report.hasFaults());
    assertEquals(List.of("training", "test"), report.parts().stream().map(PartSummary::name).toList());
    PartSummary training = report.parts().get(0);
    assertEquals(Map.of("a", 4, "b", 4), training.classes());
    assertEquals(Map.of("96x96", 8), training.sizes());
    assertEquals(8, training.images());
    assertEquals(3, training.mean().size());
  }

  @Test
  void whatIsWrongIsFound() throws IOException {
    soundData();
    // The same pixels in another format and part, and with another label.
    write("test/a/again.bmp", picture(0, 96));
    write("train/b/other.png", picture(2, 96));
    // Saved again, smaller and with loss.
    write("test/b/small.jpg", resized(picture(3, 96), 60));
    Files.writeString(folder.resolve("train/a/broken.png"), "no picture");
    write("train/c/9.png", picture(99, 40));
    write("train/c/10.png", picture(99, 40));
    CheckReport report = check();
    assertEquals(List.of("training: train/a/broken.png"), samples(report, Kind.UNREADABLE));
    assertEquals(
        List.of("training: train/a/0.png", "test: test/a/again.bmp"),
        samples(report, Kind.SAME_IMAGE_IN_PARTS));
    assertEquals(
        List.of("training: train/a/2.png", "training: train/b/other.png"),
        samples(report, Kind.CONTRADICTING_LABELS));
    assertEquals(
        List.of("training: train/b/3.png", "test: test/b/small.jpg"), samples(report, Kind.NEAR_DUPLICATE));
    assertEquals(
        List.of(
            "training: train/a/2.png", "training: train/b/other.png", "training: train/c/10.png",
            "training: train/c/9.png"),
        samples(report, Kind.DUPLICATE));
    assertEquals(1, report.count(Kind.EMPTY_CLASS));
    assertTrue(report.hasFaults());
    // The same again: nothing depends on threads.
    assertEquals(report, check());
  }

  @Test
  void aClassOfBrokenFilesIsNoError() throws IOException {
    soundData();
    Files.createDirectories(folder.resolve("train/c"));
    Files.writeString(folder.resolve("train/c/1.png"), "no picture");
    CheckReport report = check();
    assertEquals(1, report.count(Kind.UNREADABLE));
    assertEquals(2, report.count(Kind.EMPTY_CLASS));
  }

  @Test
  void groupsInTwoParts() throws IOException {
    StringBuilder list = new StringBuilder("path,label,split,patient\n");
    for (int i = 0; i < 9; i++) {
      write("images/" + i + ".png", picture(i, 32));
      String split = i < 6 ? "train" : "test";
      list.append(i).append(i % 2 == 0 ? ",a," : ",b,").append(split).append(",p").append(i / 4).append('\n');
    }
    Files.writeString(folder.resolve("list.csv"), list);
    CheckReport report = check();
    assertEquals(1, report.findings().size());
    assertEquals(Kind.SAME_GROUP_IN_PARTS, report.findings().get(0).kind());
    assertEquals("the group p1 has images in training and test", report.findings().get(0).text());
    DataSplits splits = Datasets.open(folder, DatasetOptions.DEFAULT);
    assertEquals(
        List.of(Kind.SAME_GROUP_IN_PARTS),
        DataCheck.quick(splits).stream().map(Finding::kind).toList());
  }

  @Test
  void unevenClasses() throws IOException {
    for (int i = 0; i < 22; i++) {
      write((i < 21 ? "many/" : "few/") + i + ".png", picture(i, 32));
    }
    CheckReport report = check();
    assertEquals(1, report.findings().size());
    assertEquals(
        "all has 21 images of class many, and not a twentieth of that of few (1)",
        report.findings().get(0).text());
    assertFalse(report.hasFaults());
  }

  @Test
  void whatIsToldWithoutDecoding() throws IOException {
    soundData();
    Files.copy(folder.resolve("train/a/0.png"), folder.resolve("test/a/again.png"));
    Files.copy(folder.resolve("train/a/2.png"), folder.resolve("train/b/2.png"));
    DataSplits splits = Datasets.open(folder, DatasetOptions.DEFAULT);
    List<Finding> found = DataCheck.quick(splits);
    assertEquals(
        List.of(Kind.SAME_IMAGE_IN_PARTS, Kind.CONTRADICTING_LABELS, Kind.DUPLICATE),
        found.stream().map(Finding::kind).toList());
    assertEquals(List.of(), DataCheck.quick(Datasets.open(folder, DatasetOptions.DEFAULT.withVerifyUpTo(0))));
  }

  /** Real X-rays that all look alike: equal ones are found, and hardly anything else. */
  @Test
  void pneumoniaMnist() throws IOException {
    String real = System.getProperty("swin.realdata", "");
    Path file = Path.of(real).resolve("pneumoniamnist/pneumoniamnist.npz");
    assumeTrue(!real.isEmpty() && Files.exists(file), "needs -Dswin.realdata=DIR with this file");
    CheckReport report = DataCheck.of(file, DatasetOptions.DEFAULT);
    assertEquals(8, report.count(Kind.SAME_IMAGE_IN_PARTS));
    long inTraining =
        report.findings().stream()
            .filter(finding -> finding.kind() == Kind.DUPLICATE && finding.text().endsWith("in training"))
            .mapToInt(finding -> finding.samples().size() - 1).sum();
    assertEquals(17, inTraining);
    assertEquals(0, report.count(Kind.CONTRADICTING_LABELS));
    assertTrue(report.count(Kind.NEAR_DUPLICATE) <= 3, report.findings()::toString);
    DataSplits splits = Datasets.open(file, DatasetOptions.DEFAULT);
    assertEquals(
        8, DataCheck.quick(splits).stream().filter(f -> f.kind() == Kind.SAME_IMAGE_IN_PARTS).count());
  }
}
