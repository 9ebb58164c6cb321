package org.swinengine.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.data.Decoding;
import org.swinengine.data.ImageDecoder;
import org.swinengine.inference.EvaluationData;
import org.swinengine.inference.LoadedModel;
import org.swinengine.inference.Picture;
import org.swinengine.inference.PictureReader;
import org.swinengine.inference.Prediction;
import org.swinengine.train.settings.Augmentation;

/** What a run was told of EXIF orientations holds wherever its model is used. */
final class ExifRunTest {
  private static final int STORED_WIDTH = 8;
  private static final int UPRIGHT_WIDTH = 5;

  @TempDir
  Path folder;

  /** A picture that is stored lying on its side; see ExifOrientationTest. */
  private static byte[] lying() throws IOException {
    try (InputStream in = ExifRunTest.class.getResourceAsStream("/org/swinengine/data/exif.txt")) {
      String line =
          new String(in.readAllBytes(), StandardCharsets.UTF_8).lines()
              .filter(l -> l.startsWith("6.jpg ")).findFirst().orElseThrow();
      return Base64.getDecoder().decode(line.split(" ")[1]);
    }
  }

  private LoadedModel trained(Path data, boolean heeded, Backend backend) throws IOException {
    TrainConfig config =
        TrainConfig.forData(data, Tiny.model()).epochs(1).batchSize(2).augmentation(Augmentation.NONE)
            .output(folder).tag("heeded-" + heeded).set("exifOrientation", heeded).build();
    TrainResult result = new Trainer(config, backend, TrainListener.SILENT).run();
    return LoadedModel.open(result.folder().resolve("best.safetensors"), backend);
  }

  @Test
  void aModelIsShownPicturesAsItsRunWas() throws IOException {
    Path data = folder.resolve("data");
    for (String name : List.of("train/a", "train/b", "val/a", "val/b")) {
      Files.write(Files.createDirectories(data.resolve(name)).resolve("1.jpg"), lying());
    }
    Path file = data.resolve("val/a/1.jpg");
    try (Backend backend = Backends.open("cpu", 1)) {
      for (boolean heeded : List.of(true, false)) {
        LoadedModel model = trained(data, heeded, backend);
        EvaluationData evaluated = EvaluationData.open(data, model, EvaluationData.Options.AUTO);
        assertEquals(heeded ? UPRIGHT_WIDTH : STORED_WIDTH, evaluated.dataset().load(0).width());
        try (PictureReader reader = PictureReader.of(List.of(Picture.of(file)), model).start()) {
          Prediction read = model.predict(reader.next()).get(0);
          Decoding as = Decoding.DEFAULT.withExifOrientation(heeded);
          Decoding other = Decoding.DEFAULT.withExifOrientation(!heeded);
          assertEquals(model.predict(ImageDecoder.decode(lying(), "lying", as)), read);
          assertNotEquals(model.predict(ImageDecoder.decode(lying(), "lying", other)), read);
        }
      }
    }
  }
}
