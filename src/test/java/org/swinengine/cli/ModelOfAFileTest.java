package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.inference.LoadedModel;
import org.swinengine.models.Model;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.ModelWeights;
import org.swinengine.models.Models;
import org.swinengine.tensor.Scope;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.Npy;
import org.swinengine.weights.Safetensors;
import org.swinengine.weights.StateDict;
import picocli.CommandLine;

/**
 * Every command sees the model that a checkpoint of this engine says, not the one that its shapes show: those
 * of a ViT are the same for any number of heads.
 */
class ModelOfAFileTest {
  private static final int IMAGES = 3;

  @TempDir
  private Path folder;
  private Path checkpoint;
  private ModelSpec spec;

  @BeforeEach
  void writeCheckpoint() {
    spec =
        ModelConfigFile.withOptions(Models.spec("vit_nano_patch4_28"), List.of("MODEL.VIT.NUM_HEADS", "8"));
    checkpoint = folder.resolve("last.safetensors");
    try (Backend backend = Backends.open("reference", 1);
        Scope scope = Scope.open()) {
      Model model = Models.create(spec);
      new ParameterArena(backend, model.parameters(), 7, parameter -> false);
      StateDict.Builder file = StateDict.builder().metadata("model", ModelConfigFile.write(spec));
      Random random = new Random(3); // weights large enough for the number of heads to matter
      ModelWeights.save(model)
          .arrays()
          .forEach(
              (name, array) -> {
                float[] values = array.toFloats();
                for (int i = 0; i < values.length; i++) {
                  values[i] += 0.2f * (float) random.nextGaussian();
                }
                file.put(name, ArrayData.ofFloats(array.shape(), values));
                file.put("optimizer.exp_avg." + name, ArrayData.ofFloats(array.shape(), values));
              });
      Safetensors.write(checkpoint, file.build());
    }
    float[] pixels = new float[IMAGES * spec.channels() * spec.imageHeight() * spec.imageWidth()];
    Random random = new Random(5);
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) random.nextGaussian();
    }
    long[] shape = {IMAGES, spec.channels(), spec.imageHeight(), spec.imageWidth()};
    Npy.write(folder.resolve("x.npy"), ArrayData.ofFloats(shape, pixels));
    Npy.write(folder.resolve("t.npy"), ArrayData.ofLongs(new long[] {IMAGES}, 1, 0, 2));
  }

  private static String run(Callable<Integer> command, String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter errors = new StringWriter();
    CommandLine line = new CommandLine(command);
    line.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(errors, true));
    assertEquals(0, line.execute(arguments), errors::toString);
    return out.toString();
  }

  @Test
  void fitBatchComputesTheLossOfTheLogitsThatInferWrites() throws Exception {
    String y = folder.resolve("y.npy").toString();
    String x = folder.resolve("x.npy").toString();
    run(
        new InferCommand(), "--weights", checkpoint.toString(), "--input", x, "--output", y, "--device",
        "reference");
    float[] logits = Npy.read(Path.of(y)).toFloats();
    int classes = logits.length / IMAGES;
    int[] targets = {1, 0, 2};
    double expected = 0;
    for (int i = 0; i < IMAGES; i++) {
      double sum = 0;
      for (int c = 0; c < classes; c++) {
        sum += Math.exp(logits[i * classes + c]);
      }
      expected += (Math.log(sum) - logits[i * classes + targets[i]]) / IMAGES;
    }
    String line =
        run(
            new FitBatchCommand(), "--weights", checkpoint.toString(), "--input", x, "--target",
            folder.resolve("t.npy").toString(), "--steps", "1", "--device", "reference");
    JsonNode step = new ObjectMapper().readTree(line);
    assertEquals(expected, step.get("loss").asDouble(), 1e-5 * Math.abs(expected));
    // The number of heads does change the loss: a guess would have been seen.
    String guessed =
        run(
            new FitBatchCommand(), "--model", "vit_nano_patch4_28", "--opts", "MODEL.VIT.NUM_HEADS", "1",
            "--weights",
            checkpoint.toString(), "--input", x, "--target", folder.resolve("t.npy").toString(), "--steps",
            "1",
            "--device", "reference");
    double other = new ObjectMapper().readTree(guessed).get("loss").asDouble();
    assertTrue(Math.abs(other - expected) > 1e-3, other + " and " + expected);
  }

  @Test
  void inspectNamesTheModelOfATrainingCheckpoint() throws Exception {
    JsonNode found = new ObjectMapper().readTree(run(new InspectCommand(), checkpoint.toString(), "--json"));
    try (Backend backend = Backends.open("reference", 1)) {
      ModelSpec predicted = LoadedModel.open(checkpoint, backend).model().spec();
      assertEquals(ModelConfigFile.write(predicted), found.get("model").get("configuration").asText());
      assertTrue(found.get("model").get("configuration").asText().contains("NUM_HEADS: 8"), found::toString);
    }
    // All arrays are listed, the optimizer's too.
    assertTrue(found.get("tensors").toString().contains("optimizer.exp_avg.patch_embed"), found::toString);
  }

  /** What a file says wrongly is no reason not to list what is in it. */
  @Test
  void inspectListsAFileWhoseModelIsNone() throws Exception {
    Path file = folder.resolve("odd.safetensors");
    StateDict dict =
        StateDict.builder().metadata("model", "MODEL: [").put("w", ArrayData.ofFloats(new long[] {1}, 1f))
            .build();
    Safetensors.write(file, dict);
    String text = run(new InspectCommand(), file.toString());
    assertTrue(text.contains("model     not recognised: " + file), text);
    assertTrue(text.lines().anyMatch(line -> line.matches("w +float32 +\\[1]")), text);
  }
}
