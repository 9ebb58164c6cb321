package org.swinengine.train.tuning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.backend.DType;
import org.swinengine.data.DataSplits;
import org.swinengine.inference.WeightSource;
import org.swinengine.models.Model;
import org.swinengine.models.Models;
import org.swinengine.nn.ForwardMode;
import org.swinengine.ops.CrossEntropyOp;
import org.swinengine.optim.AdamW;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;
import org.swinengine.train.Tiny;
import org.swinengine.train.TrainConfig;
import org.swinengine.train.TrainListener;
import org.swinengine.train.Trainer;
import org.swinengine.weights.StateDict;
import org.swinengine.weights.WeightFiles;

@Tag("numerics")
final class RateFactorsTest {
  @TempDir
  private Path output;

  private static Map<String, Double> factors(Model model, FineTuning tuning) {
    RateFactors factors = new RateFactors(model, tuning);
    Map<String, Double> byPath = new LinkedHashMap<>();
    model.parameters().forEach(p -> byPath.put(p.path(), factors.applyAsDouble(p)));
    return byPath;
  }

  /** SimMIM's get_swin_layer for depths 2 and 1: layers 0 to 4. */
  @Test
  void layersOfASwin() {
    Map<String, Double> found =
        factors(Models.create(Tiny.model()), FineTuning.NONE.withLayerDecay(0.5).withHeadRate(10));
    assertEquals(0.0625, found.get("patch_embed.proj.weight"));
    assertEquals(0.125, found.get("layers.0.blocks.0.attn.qkv.weight"));
    assertEquals(0.25, found.get("layers.0.blocks.1.mlp.fc1.bias"));
    assertEquals(0.25, found.get("layers.0.downsample.reduction.weight"));
    assertEquals(0.5, found.get("layers.1.blocks.0.norm1.weight"));
    assertEquals(1, found.get("norm.weight"));
    assertEquals(10, found.get("head.weight"));
    assertTrue(factors(Models.create(Tiny.model()), FineTuning.NONE).values().stream().allMatch(f -> f == 1));
  }

  /** BEiT's get_num_layer_for_vit. */
  @Test
  void layersOfAVit() {
    Model vit = Models.create(Models.spec("vit_nano_patch4_28"));
    Map<String, Double> found = factors(vit, FineTuning.NONE.withLayerDecay(0.5));
    int depth = (int) found.keySet().stream().filter(path -> path.endsWith("attn.qkv.weight")).count();
    for (String path : List.of("cls_token", "pos_embed", "patch_embed.proj.bias")) {
      assertEquals(Math.scalb(1.0, -depth - 1), found.get(path), path);
    }
    assertEquals(Math.scalb(1.0, -depth), found.get("blocks.0.attn.qkv.weight"));
    assertEquals(0.5, found.get("blocks." + (depth - 1) + ".norm2.bias"));
    assertEquals(1, found.get("norm.weight"));
    assertEquals(1, found.get("head.bias"));
  }

  /** A step of one parameter is that of an optimizer that has its rate for all. */
  @Test
  void aParameterMovesAsIfAllHadItsRate() {
    ToDoubleFunction<Parameter> tenfoldHead = p -> p.path().startsWith("head.") ? 10 : 1;
    Map<String, float[]> mixed = moved(tenfoldHead);
    Map<String, float[]> slow = moved(p -> 1);
    Map<String, float[]> fast = moved(p -> 10);
    for (String path : mixed.keySet()) {
      boolean head = path.startsWith("head.");
      assertArrayEquals((head ? fast : slow).get(path), mixed.get(path), path);
    }
  }

  /** The parameters after one step without clipping, whose gradients do not depend on the factors. */
  private static Map<String, float[]> moved(ToDoubleFunction<Parameter> factor) {
    try (Backend backend = Backends.open("cpu", 2)) {
      Model model = Models.create(Tiny.model());
      ParameterArena arena = new ParameterArena(backend, model.parameters(), 3);
      AdamW optimizer = new AdamW(arena, AdamW.Options.DEFAULT.withClipNorm(0), factor);
      float[] pixels = new float[4 * 64];
      for (int i = 0; i < pixels.length; i++) {
        pixels[i] = (i * 37 % 19) / 9f - 1;
      }
      Tensor images = Tensor.empty(backend, Shape.of(4, 1, 8, 8));
      backend.memory().upload(pixels, 0, images, pixels.length);
      Tensor labels = Tensor.empty(backend, DType.INT32, Shape.of(4));
      backend.memory().upload(new int[] {0, 1, 2, 1}, 0, labels, 4);
      try (Tape tape = Tape.open()) {
        Variable logits = model.forward(Variable.constant(images), ForwardMode.EVALUATION);
        tape.backward(CrossEntropyOp.apply(logits, labels, 0));
      }
      assertTrue(optimizer.step(1e-3).finite());
      Map<String, float[]> values = new LinkedHashMap<>();
      model.parameters().forEach(p -> values.put(p.path(), p.value().toFloats()));
      return values;
    }
  }

  /** The first step of Adam is the rate in size, whatever the gradient, so that moves show the factors. */
  @Test
  void aRunMovesEachLayerByItsFactor() throws IOException {
    TrainConfig first = Tiny.config(output).toBuilder().epochs(1).tag("first").build();
    Path weights = run(first);
    TrainConfig step =
        first.toBuilder()
            .batchSize(80)
            .warmupSteps(0)
            .warmupEpochs(0.0)
            .minimumRate(1e-2)
            .learningRate(1e-2)
            .weightDecay(0)
            .clipNorm(0)
            .fineTuning(FineTuning.NONE.withWeights(WeightSource.of(weights)))
            .build();
    FineTuning decaying = step.fineTuning().withLayerDecay(0.5).withHeadRate(3);
    Path even = run(step.toBuilder().tag("even").build());
    Path uneven = run(step.toBuilder().tag("uneven").fineTuning(decaying).build());
    Map<String, Double> expected = factors(Models.create(Tiny.model()), decaying);
    StateDict before = WeightFiles.read(weights);
    for (String path : List.of("patch_embed.proj.weight", "layers.0.blocks.1.mlp.fc1.weight",
        "head.weight")) {
      double ratio = distance(before, uneven, path) / distance(before, even, path);
      assertEquals(expected.get(path), ratio, 2e-3 * expected.get(path), path);
    }
  }

  private static double distance(StateDict before, Path after, String path) {
    float[] from = before.get(path).toFloats();
    float[] to = WeightFiles.read(after).get(path).toFloats();
    double sum = 0;
    for (int i = 0; i < from.length; i++) {
      sum += Math.abs((double) to[i] - from[i]);
    }
    return sum;
  }

  private static Path run(TrainConfig config) throws IOException {
    DataSplits data = Tiny.data();
    try (Backend backend = Backends.open("cpu", 2)) {
      return new Trainer(config, data, backend, TrainListener.SILENT).run().folder()
          .resolve("last.safetensors");
    }
  }

  @Test
  void rangesAreChecked() {
    assertThrows(IllegalArgumentException.class, () -> FineTuning.NONE.withLayerDecay(0));
    assertThrows(IllegalArgumentException.class, () -> FineTuning.NONE.withLayerDecay(1.1));
    assertThrows(IllegalArgumentException.class, () -> FineTuning.NONE.withHeadRate(0));
  }
}
