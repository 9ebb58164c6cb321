package org.swinengine.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.data.Dataset;
import org.swinengine.data.RawImage;
import org.swinengine.report.Report;
import org.swinengine.report.RunPictures;
import org.swinengine.report.RunResults;
import org.swinengine.report.StoredRun;

final class PicturesOfARunTest {
  @TempDir
  Path output;

  private Backend backend;

  @BeforeEach
  void open() {
    backend = Backends.open("cpu", 2);
  }

  @AfterEach
  void close() {
    backend.close();
  }

  private static void save(Dataset data, Path folder) throws IOException {
    for (int i = 0; i < data.size(); i++) {
      RawImage picture = data.load(i);
      BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
      image.getRaster().setDataElements(0, 0, 8, 8, picture.pixels());
      Path file = folder.resolve("class" + data.label(i)).resolve(i + ".png");
      Files.createDirectories(file.getParent());
      ImageIO.write(image, "png", file.toFile());
    }
  }

  private RunPictures anew(Path folder) throws IOException {
    RunResults run = StoredRun.read(folder);
    return Trainer.pictures(folder, run, backend);
  }

  /** An average of the weights is what is measured and kept, and what heat maps are of. */
  @Test
  void theyAreMadeAnewFromWeightsAndDataWhereTheseAreTheRuns() throws IOException {
    Path data = output.resolve("data");
    save(new Tiny.Pictures(60, 1), data.resolve("train"));
    save(new Tiny.Pictures(30, 2, 3), data.resolve("val"));
    TrainConfig config =
        Tiny.config(output).toBuilder().epochs(1).data(data).set("mixup", 0.8).set("modelEmaDecay", 0.5)
            .build();
    Path folder = new Trainer(config, backend, TrainListener.SILENT).run().folder();
    RunPictures kept = RunPictures.read(folder);
    assertEquals(12, kept.seen().size());
    assertFalse(kept.heats().isEmpty());
    assertEquals(List.of(), kept.missing());
    assertTrue(kept.seen().stream().anyMatch(seen -> seen.labels().size() == 2), "mixed labels");
    String page = Files.readString(folder.resolve("report.html"));
    assertTrue(page.contains("What the model saw") && page.contains("Grad-CAM"));
    assertEquals(kept, anew(folder));

    Files.delete(data.resolve("train/class0/0.png"));
    RunPictures changed = anew(folder);
    assertTrue(changed.heats().isEmpty() && changed.seen().isEmpty());
    assertTrue(changed.missing().get(0).contains("not those that the run was trained on any more"),
        changed.missing().toString());
    assertTrue(Report.ofFolder(folder, changed).contains("any more"), "the page says it too");
    Files.move(data, output.resolve("elsewhere"));
    assertTrue(anew(folder).missing().get(0).contains("data"), anew(folder).missing().toString());
    Files.delete(folder.resolve("best.safetensors"));
    assertTrue(anew(folder).missing().get(0).contains("there is no "), anew(folder).missing().toString());
  }

  @Test
  void theSearchForTheRateIsKeptAndChangesNothing() throws IOException {
    TrainConfig config = Tiny.config(output).toBuilder().epochs(1).build();
    RateFinder.Found found = new RateFinder.Found(1e-3, List.of(1e-4, 1e-3, 1e-2), List.of(2., 1.5, 1.2));
    Path plain = new Trainer(config, Tiny.data(), backend, TrainListener.SILENT).run().folder();
    Path searched =
        new Trainer(config, Tiny.data(), backend, TrainListener.SILENT).withRates(found).run().folder();
    TrainerTest.assertSameRuns(plain, searched);
    assertEquals(Files.readString(plain.resolve("pictures.json")),
        Files.readString(searched.resolve("pictures.json")));
    assertFalse(Files.exists(plain.resolve("rates.json")));
    assertFalse(Report.ofFolder(plain).contains("id=\"rates\""));
    String page = Report.ofFolder(searched);
    assertEquals(page, Files.readString(searched.resolve("report.html")));
    assertTrue(page.contains("id=\"rates\"") && page.contains("rate is 0.001"), "the curve is there");
    Files.writeString(searched.resolve("rates.json"), "{\"chosen\":1,");
    String damaged =
        assertThrows(IOException.class, () -> Report.ofFolder(searched)).getMessage();
    assertTrue(damaged.contains("rates.json cannot be read"), damaged);
  }
}
