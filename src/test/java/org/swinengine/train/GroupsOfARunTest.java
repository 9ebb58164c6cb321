package org.swinengine.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.data.Dataset;
import org.swinengine.data.DataSplits;
import org.swinengine.data.check.Finding;

/** A run divides no group, and says before it begins what is wrong with its data. */
final class GroupsOfARunTest {
  @TempDir
  Path folder;

  /** 12 patients with three pictures each; those of one patient are of one class. */
  private Path pictures() throws IOException {
    for (int i = 0; i < 36; i++) {
      String label = i / 3 % 2 == 0 ? "benign" : "malignant";
      Path file = folder.resolve("data/" + label + "/patient" + i / 3 + "_" + i % 3 + ".png");
      Files.createDirectories(file.getParent());
      BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
      for (int pixel = 0; pixel < 64; pixel++) {
        image.getRaster().setSample(pixel % 8, pixel / 8, 0, (i * 31 + pixel * (i / 3 % 2 + 2)) & 255);
      }
      ImageIO.write(image, "png", file.toFile());
    }
    return folder.resolve("data");
  }

  private TrainConfig config(Path data) {
    return Tiny.config(folder.resolve("runs")).toBuilder().data(data).epochs(1).batchSize(8)
        .set("groupPattern", "(patient\\d+)_").build();
  }

  private static Set<String> groups(Dataset part) {
    Set<String> groups = new HashSet<>();
    for (int i = 0; i < part.size(); i++) {
      groups.add(part.group(i).orElseThrow());
    }
    return groups;
  }

  @Test
  void noPatientIsInTwoParts() throws IOException {
    TrainConfig config = config(pictures());
    DataSplits splits = Trainer.open(config);
    Set<String> both = groups(splits.train());
    both.retainAll(groups(splits.validation()));
    assertEquals(Set.of(), both);
    assertFalse(groups(splits.validation()).isEmpty());
    TrainConfig read = TrainConfigFile.parse(TrainConfigFile.write(config), "test");
    assertEquals(config.division(), read.division());
  }

  @Test
  void whatIsWrongWithTheDataIsSaid() throws IOException {
    Path data = pictures();
    Files.copy(data.resolve("benign/patient0_0.png"), data.resolve("malignant/patient99_0.png"));
    List<Finding> found = new ArrayList<>();
    try (Backend backend = Backends.open("cpu", 1)) {
      new Trainer(
          config(data), backend,
          new TrainListener() {
            @Override
            public void started(TrainingPlan plan) {
              found.addAll(plan.findings());
            }
          })
          .run();
    }
    assertTrue(
        found.stream().anyMatch(finding -> finding.kind().isFault()),
        "equal pictures of two classes: " + found);
  }
}
