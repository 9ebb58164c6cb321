package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.data.segmentation.DicomSeries;
import org.swinengine.data.segmentation.DicomWorld;
import org.swinengine.data.segmentation.MaskWorld;
import org.swinengine.data.segmentation.Nifti;
import org.swinengine.data.segmentation.Volume;
import org.swinengine.data.segmentation.VolumeWorld;
import org.swinengine.models.Model;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.ModelWeights;
import org.swinengine.models.Models;
import org.swinengine.weights.Safetensors;
import org.swinengine.weights.StateDict;

/** Commands on volumes. */
class VolumeCommandsTest {
  private static final int OK = 0;

  @TempDir
  static Path folder;
  private static Path weights;

  @BeforeAll
  static void model() throws IOException {
    ModelSpec spec =
        ModelConfigFile.parse(
            """
            DATA: {IMG_SIZE: 16}
            MODEL:
              TYPE: swin_unet
              NAME: tiny
              NUM_CLASSES: 3
              SWIN:
                {PATCH_SIZE: 2, IN_CHANS: 1, EMBED_DIM: 8, DEPTHS: [2, 2], NUM_HEADS: [2, 2], WINDOW_SIZE: 4}
            """,
            "tiny");
    weights = folder.resolve("tiny.safetensors");
    try (Backend backend = Backends.open("cpu", 1)) {
      Model model = Models.create(spec);
      new ParameterArena(backend, model.parameters(), 3);
      StateDict.Builder dict = StateDict.builder().metadata("model", ModelConfigFile.write(spec));
      ModelWeights.save(model).arrays().forEach(dict::put);
      Safetensors.write(weights, dict.build());
    }
  }

  @Test
  void aDicomSeriesIsOneVolume() throws IOException {
    Path series = DicomWorld.unpack("oblique", folder.resolve("scan"));
    Path masks = folder.resolve("masks");
    Ran said =
        Ran.of(
            "predict", "--weights", weights, series, "--masks", masks, "--dicom-seg", "--format", "csv",
            "--device", "cpu");
    assertEquals(OK, said.code(), said.errors());
    assertTrue(said.output().contains("scan,1,all") || said.output().contains("scan,2,all"), said.output());
    Volume found = Nifti.read(masks.resolve("scan.nii.gz"));
    Volume shown = DicomSeries.at(series).volume();
    assertEquals(4, found.depth());
    for (int i = 0; i < 12; i++) {
      assertEquals(shown.affine().at(i / 4, i % 4), found.affine().at(i / 4, i % 4), 1e-4);
    }
    assertTrue(Files.size(masks.resolve("scan-seg.dcm")) > 1000);
    Path twice = DicomWorld.unpack("oblique", folder.resolve("study/twice"));
    Files.copy(DicomSeries.at(twice).files().get(0), twice.resolve("again.dcm"));
    DicomWorld.unpack("oblique", folder.resolve("study/good"));
    said =
        Ran.of(
            "predict", "--weights", weights, folder.resolve("study"), "--recursive", "--masks",
            folder.resolve("study-masks"), "--device", "cpu");
    assertEquals(1, said.code(), said.errors());
    assertTrue(said.errors().contains("twice"), said.errors());
    assertTrue(Files.exists(folder.resolve("study-masks/good.nii.gz")), said.errors());
    Path picture = folder.resolve("single");
    Files.createDirectories(picture);
    Files.copy(DicomSeries.at(series).files().get(0), picture.resolve("one.dcm"));
    said = Ran.of("predict", "--weights", weights, picture, "--masks", masks, "--device", "cpu");
    assertEquals(OK, said.code(), said.errors());
    assertTrue(Files.exists(masks.resolve("one.png")), said.output());
    said = Ran.of("predict", "--weights", weights, picture, "--masks", masks, "--dicom-seg");
    assertEquals(2, said.code());
    assertTrue(said.errors().contains("is for DICOM series"), said.errors());
  }

  @Test
  void slicesAreSeenWithTheirNeighbours() throws IOException {
    Path data = folder.resolve("balls");
    for (int k = 0; k < 4; k++) {
      VolumeWorld.volume(data, "ball" + k, 6, 16, 16, k);
    }
    Path cfg = folder.resolve("two.yaml");
    Files.writeString(
        cfg,
        """
        DATA: {IMG_SIZE: 16}
        MODEL:
          TYPE: swin_unet
          NAME: two
          NUM_CLASSES: 2
          SWIN:
            {PATCH_SIZE: 2, IN_CHANS: 1, EMBED_DIM: 8, DEPTHS: [2, 2], NUM_HEADS: [2, 2], WINDOW_SIZE: 4}
        """);
    Ran said =
        Ran.of(
            "train", "--data-path", data, "--cfg", cfg, "--epochs", 2, "--batch-size", 4, "--warmup-steps", 2,
            "--neighbour-slices", 2, "--output", folder.resolve("runs"), "--tag", "two", "--device", "cpu",
            "--threads", 2);
    assertEquals(OK, said.code(), said.errors() + said.output());
    Path best = folder.resolve("runs/two/best.safetensors");
    assertTrue(Safetensors.read(best).metadata().toString().contains("\"neighbour_slices\":2"));
    said = Ran.of("eval", "--weights", best, "--data-path", data, "--device", "cpu");
    assertEquals(OK, said.code(), said.errors());
    assertTrue(said.output().contains("6 pictures, 1 cases"), said.output());
    said = Ran.of("eval", "--weights", best, "--data-path", data, "--device", "cpu", "--spacing", "0.7,0.7");
    assertEquals(2, said.code(), "how far are slices apart?");
    assertTrue(said.errors().contains("give Z,Y,X"), said.errors());
    said =
        Ran.of(
            "predict", "--weights", best, data.resolve("images/ball0.nii"), "--masks",
            folder.resolve("balls-found"), "--device", "cpu");
    assertEquals(OK, said.code(), said.errors());
    assertEquals(6, Nifti.read(folder.resolve("balls-found/ball0.nii.gz")).depth());
    Path png = folder.resolve("flat.png");
    MaskWorld.grey(png, 16, 16, new int[256]);
    said = Ran.of("predict", "--weights", best, png, "--device", "cpu");
    assertTrue(said.errors().contains("is no volume"), said.errors());
    said =
        Ran.of(
            "train", "--data-path", data, "--cfg", cfg, "--neighbour-slices", 1, "--hue", "0.1", "--output",
            folder.resolve("runs"), "--tag", "hue");
    assertTrue(said.code() != OK && said.errors().contains("--neighbour-slices to 0"), said.errors());
  }

  @Test
  void dataPrepareMakesSlices() throws IOException {
    Path data = folder.resolve("more");
    for (int k = 0; k < 3; k++) {
      VolumeWorld.volume(data, "ball" + k, 3, 8, 8, k);
    }
    Path out = folder.resolve("prepared");
    Ran said = Ran.of("data", "prepare", data, "--out", out, "--range", "full", "--test-fraction", "0.34");
    assertEquals(OK, said.code(), said.errors());
    assertTrue(
        said.output().contains("2 cases with 6 slices to learn from, 1 cases to measure on; 3 made now"),
        said.output());
    said = Ran.of("data", "prepare", data, "--out", out, "--range", "full", "--test-fraction", "0.34");
    assertTrue(said.output().contains("0 made now"), said.output());
    said = Ran.of("data", "prepare", data, "--out", out, "--labels", "1-2");
    assertEquals(2, said.code());
    assertTrue(said.errors().contains("pairs such as 8:1,4:2"), said.errors());
  }
}
