package org.swinengine.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of every orientation against Pillow's {@code ImageOps.exif_transpose}; see exif.py. */
class ExifOrientationTest {
  private record Sample(String name, byte[] file, RawImage upright) {}

  private static List<Sample> samples() {
    String table = new String(TestImages.resource("exif.txt"), StandardCharsets.UTF_8);
    List<Sample> samples = new ArrayList<>();
    for (String line : table.split("\n")) {
      String[] words = line.split(" ");
      RawImage upright =
          new RawImage(
              Integer.parseInt(words[2]), Integer.parseInt(words[3]), 3,
              Base64.getDecoder().decode(words[4]));
      samples.add(new Sample(words[0], Base64.getDecoder().decode(words[1]), upright));
    }
    return samples;
  }

  @Test
  void picturesAreTurnedAsPillowTurnsThem() throws IOException {
    int turned = 0;
    for (Sample sample : samples()) {
      RawImage stored = ImageDecoder.decode(sample.file, sample.name).withChannels(3);
      assertEquals(8, stored.width(), sample.name + " is turned without being asked");
      RawImage upright =
          ImageDecoder.decode(sample.file, sample.name, Decoding.DEFAULT.withExifOrientation(true));
      assertEquals(0, TestImages.difference(sample.upright, upright.withChannels(3)), sample.name);
      turned += Arrays.equals(stored.pixels(), upright.withChannels(3).pixels()) ? 0 : 1;
    }
    assertTrue(turned > 25, turned + " are turned");
  }

  /** Whatever is cut off or changed, the picture is decoded or refused, and nothing else happens. */
  @Test
  void damagedDataTurnNothing() {
    for (Sample sample : samples()) {
      for (int length = 0; length < sample.file.length; length += 3) {
        ExifOrientation.of(Arrays.copyOf(sample.file, length));
      }
      for (int at = 0; at < Math.min(300, sample.file.length); at++) {
        byte[] changed = sample.file.clone();
        changed[at] = (byte) 0xFF;
        ExifOrientation.of(changed);
      }
    }
  }

  @Test
  void aDataSetTurnsIfAsked(@TempDir Path folder) throws IOException {
    Sample sample = samples().stream().filter(s -> s.name.equals("6.jpg")).findFirst().orElseThrow();
    for (String name : List.of("train/a", "train/b", "val/a", "val/b")) {
      Files.write(Files.createDirectories(folder.resolve(name)).resolve("1.jpg"), sample.file);
    }
    DatasetOptions options = DatasetOptions.DEFAULT;
    assertEquals(8, Datasets.open(folder, options).train().load(0).width());
    DataSplits splits = Datasets.open(folder, options.withExifOrientation(true));
    assertEquals(5, splits.train().load(0).width());
    assertEquals(5, splits.validation().load(1).width());
  }
}
