package org.swinengine.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.data.DataSplits;
import org.swinengine.data.DatasetOptions;
import org.swinengine.data.Datasets;
import org.swinengine.data.list.ListColumns;

/** What a checkpoint says of its data suffices to divide them again. */
class TrainedDataTest {
  @TempDir
  Path folder;

  private void picture(int number) throws IOException {
    BufferedImage image = new BufferedImage(4, 4, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < 16; i++) {
      image.getRaster().setSample(i % 4, i / 4, 0, (number * 37 + i * number) % 256);
    }
    Files.createDirectories(folder.resolve("images"));
    ImageIO.write(image, "png", folder.resolve("images/p" + number / 4 + "_" + number + ".png").toFile());
  }

  private TrainedData trained(DatasetOptions options, double fraction) throws IOException {
    DataSplits splits = Datasets.open(folder.resolve("list.csv"), options.withValidationFraction(fraction));
    return TrainedData.of(splits, fraction, options.seed()).orElseThrow();
  }

  @Test
  void columnsAndGroupsAreRecorded() throws IOException {
    StringBuilder list = new StringBuilder("path,label,second\n");
    for (int i = 0; i < 24; i++) {
      picture(i);
      list.append("images/p").append(i / 4).append('_').append(i).append(".png,").append(i % 2).append(',')
          .append(i % 3).append('\n');
    }
    Files.writeString(folder.resolve("list.csv"), list);
    DatasetOptions options =
        DatasetOptions.DEFAULT.withSeed(3).withColumns(ListColumns.USUAL.withLabel("second"))
            .withGroupPattern("(p\\d+)_");
    TrainedData before = trained(options, 0.3);
    TrainedData read = TrainedData.of(Map.of(TrainedData.KEY, before.toJson()), "a test").orElseThrow();
    TrainedData.SetAside way = read.setAside().orElseThrow();
    assertEquals(
        new TrainedData.SetAside(0.3, 3, ListColumns.USUAL.withLabel("second"), "(p\\d+)_"), way);
    DatasetOptions again =
        DatasetOptions.DEFAULT.withSeed(way.seed()).withColumns(way.columns())
            .withGroupPattern(way.groupPattern());
    assertTrue(trained(again, way.fraction()).isOf(read));
    assertFalse(trained(again.withGroupPattern(null), way.fraction()).isOf(read));
    assertFalse(trained(again.withColumns(ListColumns.USUAL), way.fraction()).isOf(read));
    // A run without any of these says what it always said.
    String plain = trained(DatasetOptions.DEFAULT, 0.2).toJson();
    assertTrue(plain.contains("\"split\":{\"fraction\":0.2,\"seed\":0}"), plain);
  }
}
