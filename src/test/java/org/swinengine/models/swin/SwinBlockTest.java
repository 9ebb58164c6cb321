package org.swinengine.models.swin;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.backend.DType;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.nn.ForwardMode;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;
import org.swinengine.weights.Safetensors;
import org.swinengine.weights.StateDict;

/** Trained blocks, without and with shifted windows, on the tokens of a photo: what PyTorch makes of them. */
class SwinBlockTest {
  private static final int SIDE = 48;
  private static final int DIM = 64;
  private static StateDict numbers;

  @BeforeAll
  static void read() throws URISyntaxException {
    numbers = Safetensors.read(Path.of(SwinBlockTest.class.getResource("/blocks/imdtn.safetensors").toURI()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference"})
  void trainedBlocks(String device) {
    try (Backend backend = Backends.open(device, 2);
        Scope scope = Scope.open();
        Tape.Pause pause = Tape.pause()) {
      float[] first = run(backend, false, "0.", numbers.get("reference.tokens_in").toFloats());
      assertClose(numbers.get("reference.after_block0_wmsa").toFloats(), first);
      float[] second = run(backend, true, "1.", numbers.get("reference.after_block0_wmsa").toFloats());
      assertClose(numbers.get("reference.after_block1_swmsa").toFloats(), second);
    }
  }

  private static float[] run(Backend backend, boolean shifted, String prefix, float[] tokens) {
    SwinConfig config =
        (SwinConfig) ModelConfigFile.parse(
            "MODEL: {TYPE: swin, SWIN: {EMBED_DIM: 64, DEPTHS: [2], NUM_HEADS: [2], WINDOW_SIZE: 6,"
                + " MLP_RATIO: 2}}\nDATA: {IMG_SIZE: 192}",
            "block.yaml")
            .architecture();
    SwinBlock block = new SwinBlock(config, 0, shifted, new int[] {SIDE, SIDE}, 0, 0);
    List<Parameter> parameters = block.parameters();
    new ParameterArena(backend, parameters, 1);
    for (Parameter parameter : parameters) {
      int n = Math.toIntExact(parameter.shape().elements());
      String name = prefix + parameter.path();
      if (parameter.value().dtype() == DType.FLOAT64) {
        backend.memory().upload(numbers.get(name).toDoubles(), 0, parameter.value(), n);
      } else {
        backend.memory().upload(numbers.get(name).toFloats(), 0, parameter.value(), n);
      }
      parameter.touch();
    }
    Variable x = Variable.constant(Tensor.of(backend, Shape.of(1, SIDE, SIDE, DIM), tokens));
    return block.forward(x, ForwardMode.EVALUATION).value().toFloats();
  }

  private static void assertClose(float[] expected, float[] actual) {
    double largest = 0;
    double worst = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      worst = Math.max(worst, Math.abs(expected[i] - actual[i]));
    }
    assertTrue(worst <= 1e-5 * largest, "off by " + worst + " of " + largest);
  }
}
