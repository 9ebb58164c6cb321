package org.swinengine.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.data.DatasetException;
import org.swinengine.data.Decoding;
import org.swinengine.data.RawImage;
import org.swinengine.models.Model;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.ModelWeights;
import org.swinengine.models.Models;
import org.swinengine.train.Tiny;
import org.swinengine.weights.Safetensors;
import org.swinengine.weights.StateDict;

class PictureReaderTest {
  private static final int PICTURES = 23;

  @TempDir
  Path folder;
  private final List<Picture> pictures = new ArrayList<>();

  /** Grey pictures of different sizes, and two that are none. */
  @BeforeEach
  void writePictures() throws IOException {
    for (int i = 0; i < PICTURES; i++) {
      int width = 8 + i % 3;
      byte[] header = ("P5 " + width + " 9 255\n").getBytes(StandardCharsets.US_ASCII);
      byte[] file = new byte[header.length + 9 * width];
      System.arraycopy(header, 0, file, 0, header.length);
      for (int k = header.length; k < file.length; k++) {
        file[k] = (byte) (k * (i + 3) * 7);
      }
      if (i % 2 == 0) {
        pictures.add(Picture.of(Files.write(folder.resolve(i + ".pgm"), file)));
      } else {
        pictures.add(Picture.of("bytes " + i, file));
      }
    }
    pictures.add(5, Picture.of(folder.resolve("missing.png")));
    pictures.add(Picture.of(Files.writeString(folder.resolve("text.jpg"), "no picture")));
  }

  private LoadedModel model(Backend backend) {
    ModelSpec spec = Tiny.steadyModel();
    Model model = Models.create(spec);
    new ParameterArena(backend, model.parameters(), 4);
    StateDict.Builder dict = StateDict.builder().metadata("model", ModelConfigFile.write(spec));
    ModelWeights.save(model).arrays().forEach(dict::put);
    Path file = folder.resolve("tiny.safetensors");
    Safetensors.write(file, dict.build());
    return LoadedModel.open(file, backend);
  }

  /** Names and logits in the order of the answers. */
  private List<String> answers(LoadedModel model, int batch, int workers, List<String> unreadable)
      throws IOException {
    List<String> answers = new ArrayList<>();
    PictureReader.Listener listener =
        new PictureReader.Listener() {
          @Override
          public void unreadable(Picture picture, IOException reason) {
            unreadable.add(reason.getMessage());
          }
        };
    try (PictureReader reader =
        PictureReader.of(pictures, model).batchSize(batch).workers(workers).listener(listener).start()) {
      for (PictureBatch next = reader.next(); next != null; next = reader.next()) {
        List<Prediction> predictions = model.predict(next);
        for (int i = 0; i < next.size(); i++) {
          answers.add(next.pictures().get(i) + " " + predictions.get(i));
        }
      }
      assertNull(reader.next());
    }
    return answers;
  }

  @Test
  void neitherBatchNorThreadsChangeABitOrTheOrder() throws Exception {
    try (Backend backend = Backends.open("cpu", 2)) {
      LoadedModel model = model(backend);
      List<String> expected = new ArrayList<>();
      for (Picture picture : pictures) {
        try {
          expected.add(
              picture + " " + model.predict(picture.decode(Decoding.DEFAULT)));
        } catch (IOException e) {
          assertTrue(picture.name().matches(".*(missing.png|text.jpg)"), picture.name());
        }
      }
      assertEquals(PICTURES, expected.size());
      for (int[] how : new int[][] {{1, 0}, {4, 0}, {1, 1}, {5, 2}, {8, 7}, {64, 3}}) {
        List<String> unreadable = new ArrayList<>();
        assertEquals(expected, answers(model, how[0], how[1], unreadable));
        assertEquals(2, unreadable.size());
        assertTrue(unreadable.get(0).contains("missing.png"), unreadable::toString);
        assertTrue(unreadable.get(1).contains("text.jpg"), unreadable::toString);
      }
    }
  }

  /** However many pictures there are, no more are begun than two batches, and one for each thread. */
  @Test
  void onlyAFewAreReadAhead() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    Picture first = pictures.get(0);
    List<Picture> many =
        new AbstractList<>() {
          @Override
          public Picture get(int index) {
            asked.incrementAndGet();
            return first;
          }

          @Override
          public int size() {
            return 100_000;
          }
        };
    Preprocessing preprocessing = Preprocessing.of(Tiny.steadyModel(), 1);
    try (PictureReader reader = PictureReader.of(many, preprocessing).batchSize(4).workers(3).start()) {
      assertEquals(4, reader.next().size());
      assertTrue(asked.get() <= 4 + 2 * 4 + 3, asked::toString);
      reader.next();
      assertTrue(asked.get() <= 2 * 4 + 2 * 4 + 3, asked::toString);
    }
  }

  /** Where memory is short because others have it, a picture is read again when they have not. */
  @Test
  void aPictureThatFoundNoMemoryIsReadAgainAlone() throws Exception {
    AtomicInteger tries = new AtomicInteger();
    AtomicInteger others = new AtomicInteger();
    RawImage grey = new RawImage(8, 8, 1, new byte[64]);
    List<Picture> large = new ArrayList<>();
    large.add(
        Picture.of(
            "large",
            how -> {
              if (tries.getAndIncrement() == 0) {
                throw new DatasetException("no memory", new OutOfMemoryError());
              }
              assertEquals(3, others.get(), "others that have been read");
              return grey;
            }));
    for (int i = 0; i < 3; i++) {
      large.add(
          Picture.of(
              "small",
              how -> {
                others.incrementAndGet();
                return grey;
              }));
    }
    Preprocessing preprocessing = Preprocessing.of(Tiny.steadyModel(), 1);
    try (PictureReader reader = PictureReader.of(large, preprocessing).workers(2).start()) {
      assertEquals(large, reader.next().pictures());
      assertEquals(2, tries.get());
    }
  }

  @Test
  void anErrorOfTheEngineIsNoUnreadablePicture() throws Exception {
    List<Picture> broken = new ArrayList<>(pictures.subList(0, 3));
    broken.set(1, null);
    Preprocessing preprocessing = Preprocessing.of(Tiny.steadyModel(), 1);
    try (PictureReader reader = PictureReader.of(broken, preprocessing).workers(2).start()) {
      assertThrows(NullPointerException.class, reader::next);
    }
  }

  @Test
  void settingsAreChecked() {
    PictureReader.Settings settings = PictureReader.of(pictures, Preprocessing.of(Tiny.steadyModel(), 1));
    String batch = assertThrows(IllegalArgumentException.class, () -> settings.batchSize(0)).getMessage();
    assertTrue(batch.contains("`batchSize` is 0"), batch);
    assertThrows(IllegalArgumentException.class, () -> settings.workers(-1));
  }
}
