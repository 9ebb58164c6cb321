package org.swinengine.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.data.Dataset;
import org.swinengine.data.RawImage;
import org.swinengine.models.Model;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.ModelWeights;
import org.swinengine.models.Models;
import org.swinengine.train.Tiny;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.Safetensors;
import org.swinengine.weights.StateDict;

class LoadedModelTest {
  private static final int THREADS = 8;

  @TempDir
  Path folder;

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

  private static List<RawImage> images() throws Exception {
    Dataset data = Tiny.data().validation();
    List<RawImage> images = new ArrayList<>();
    for (int i = 0; i < data.size(); i++) {
      images.add(data.load(i));
    }
    return images;
  }

  @Test
  void manyThreadsGetTheBitsOfOne() throws Exception {
    List<RawImage> images = images();
    try (Backend backend = Backends.open("cpu", 2)) {
      LoadedModel alone = model(backend);
      List<Prediction> predictions = images.stream().map(alone::predict).toList();
      List<float[]> embeddings = images.stream().map(alone::embed).toList();
      // A copy whose weights are prepared by whichever thread comes first.
      LoadedModel shared = model(backend);
      ExecutorService threads = Executors.newFixedThreadPool(THREADS);
      try {
        List<Callable<List<Object>>> tasks = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
          tasks.add(() -> images.stream().<Object>map(shared::predict).toList());
          tasks.add(() -> images.stream().<Object>map(shared::embed).toList());
        }
        List<Future<List<Object>>> results = threads.invokeAll(tasks);
        for (int i = 0; i < results.size(); i += 2) {
          assertEquals(predictions, results.get(i).get());
          for (int image = 0; image < images.size(); image++) {
            assertArrayEquals(embeddings.get(image), (float[]) results.get(i + 1).get().get(image));
          }
        }
      } finally {
        threads.shutdownNow();
      }
    }
  }

  @Test
  void aBatchOfEmbeddingsIsThoseOfItsPictures() throws Exception {
    List<RawImage> images = images().subList(0, 5);
    try (Backend backend = Backends.open("cpu", 1)) {
      LoadedModel model = model(backend);
      List<float[]> batch = model.embed(images);
      assertEquals(5, batch.size());
      for (int i = 0; i < 5; i++) {
        assertArrayEquals(model.embed(images.get(i)), batch.get(i));
      }
      assertTrue(model.embed(List.of()).isEmpty());
    }
  }

  @Test
  void stagesOfAPicture() throws Exception {
    try (Backend backend = Backends.open("cpu", 1)) {
      LoadedModel model = model(backend);
      List<ArrayData> maps = model.stageMaps(images().get(0));
      assertEquals(2, maps.size());
      assertArrayEquals(new long[] {1, 8, 8, 8}, maps.get(0).shape());
      assertArrayEquals(new long[] {1, 4, 4, 16}, maps.get(1).shape());
      ArrayData last = model.stageMaps(images().get(0), 1).get(0);
      assertArrayEquals(maps.get(1).toFloats(), last.toFloats());
    }
  }
}
