package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.backend.cuda.RecordedCalls.Asked;
import org.swinengine.backend.cuda.RecordedCalls.Call;
import org.swinengine.models.Model;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;
import org.swinengine.nn.ForwardMode;
import org.swinengine.ops.CrossEntropyOp;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/** What a training step of a small Swin-Unet asks of a GPU in bf16, its skip connections above all. */
@Tag("cuda")
final class SwinUnetStepTest {
  /** Two skip connections, of 32 and of 64 channels, and two expansions before the last one. */
  private static final ModelSpec SPEC =
      ModelConfigFile.parse(
          "DATA: {IMG_SIZE: 32}\nMODEL: {NUM_CLASSES: 3, TYPE: swin_unet, NAME: small, DROP_PATH_RATE: 0.1,"
              + " SWIN: {PATCH_SIZE: 2, EMBED_DIM: 32, DEPTHS: [1, 1, 1], NUM_HEADS: [1, 2, 4],"
              + " WINDOW_SIZE: 4}}\n",
          "small.yaml");

  private static final int BATCH = 2;

  /** Launches of each kernel in a step. */
  private static Map<String, Integer> launches;

  @BeforeAll
  static void count() {
    CudaBackendsForTests.assumeAvailable();
    assumeTrue(CudaBackendsForTests.isEmulated(), "a GPU does not count");
    launches = new TreeMap<>();
    StepWorkload.run(SPEC, BATCH, true, recorded -> {
      for (Call call : recorded) {
        if (call.what() == Asked.LAUNCH) {
          launches.merge(call.kernel(), 1, Integer::sum);
        }
      }
    });
  }

  /** Two tensors side by side would be two copies forwards and four backwards. */
  @Test
  void skipConnectionsAreNotCopied() {
    for (String kernel : List.of(
        "product_nt_pair_64_bf16", "product_nn_pair_64_bf16", "product_tn_pair_64_bf16f32")) {
      assertEquals(2, launches.get(kernel), kernel + " in " + launches);
    }
    assertEquals(
        List.of(), launches.keySet().stream().filter(name -> name.startsWith("copyRows")).toList());
  }

  @Test
  void launchesDoNotGrow() {
    int all = launches.values().stream().mapToInt(Integer::intValue).sum();
    assertTrue(all <= 163, all + " launches: " + launches);
  }

  /** The backend, but for its kernels for pairs. */
  private static Backend copying(Backend backend) {
    return (Backend) Proxy.newProxyInstance(
        Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (self, method, arguments) -> {
          if (method.getName().equals("equals")) {
            return self == arguments[0];
          }
          if (method.getName().equals("multipliesPairs")) {
            return false;
          }
          try {
            return method.invoke(backend, arguments);
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
        });
  }

  /** Loss and gradients of a step. */
  private static List<float[]> step(Backend backend, ModelSpec spec) {
    Model model = Models.create(spec);
    ParameterArena arena = new ParameterArena(backend, model.parameters(), 1);
    Random random = new Random(7);
    Shape shape = Shape.of(1, spec.channels(), spec.imageHeight(), spec.imageWidth());
    float[] pixels = new float[(int) shape.elements()];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = random.nextFloat(-1, 1);
    }
    Shape ofLabels = spec.labelsShape(1);
    int[] classes = random.ints(ofLabels.elements(), 0, spec.classes()).toArray();
    try (Scope scope = Scope.open();
        Tape tape = Tape.open()) {
      Variable images = Variable.constant(Tensor.of(backend, shape, pixels));
      Tensor labels = Tensor.ofInts(backend, ofLabels, classes);
      Variable loss =
          CrossEntropyOp.apply(model.forward(images, ForwardMode.training(1, 0, 0, false)), labels, 0);
      float[] value = loss.value().toFloats();
      tape.backward(loss);
      List<float[]> found = new ArrayList<>(List.of(value));
      arena.parameters().forEach(parameter -> found.add(parameter.gradient().toFloats()));
      return found;
    }
  }

  @Test
  void lossAndGradientsHaveTheBitsOfCopies() {
    ModelSpec spec =
        ModelConfigFile.parse(
            "DATA: {IMG_SIZE: 16}\nMODEL: {NUM_CLASSES: 3, TYPE: swin_unet, NAME: small, SWIN:"
                + " {PATCH_SIZE: 2, EMBED_DIM: 32, DEPTHS: [1, 1], NUM_HEADS: [1, 2], WINDOW_SIZE: 4}}\n",
            "small.yaml");
    try (Backend backend = CudaBackendsForTests.open(DType.BF16)) {
      List<float[]> found = step(backend, spec);
      List<float[]> expected = step(copying(backend), spec);
      assertEquals(expected.size(), found.size());
      for (int i = 0; i < found.size(); i++) {
        assertArrayEquals(expected.get(i), found.get(i), "array " + i);
      }
    }
  }
}
