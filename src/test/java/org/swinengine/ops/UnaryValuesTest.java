package org.swinengine.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.UnaryFunction;
import org.swinengine.backend.reference.ReferenceBackend;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/** A worked example of every unary function: PyTorch's values and gradients in float64 at {@link #X}. */
class UnaryValuesTest {
  private static final double[] X = {-2, -0.5, 0.25, 1, 3};

  private static final Map<UnaryFunction, double[][]> PYTORCH = new EnumMap<>(UnaryFunction.class);

  static {
    PYTORCH.put(UnaryFunction.GELU, new double[][] {
      {-0.04550026389635842, -0.15426876936299344, 0.14967658142073093, 0.841344746068543, 2.99595030590511},
      {-0.08523180107819692, 0.13250487534383712, 0.695373354883636, 1.0833154705876864, 1.011945647204184}
    });
    PYTORCH.put(UnaryFunction.RELU, new double[][] {{0, 0, 0.25, 1, 3}, {0, 0, 1, 1, 1}});
    PYTORCH.put(UnaryFunction.SIGMOID, new double[][] {
      {0.11920292202211755, 0.3775406687981454, 0.5621765008857981, 0.7310585786300049, 0.9525741268224334},
      {0.1049935854035065, 0.2350037122015945, 0.24613408273759835, 0.19661193324148185, 0.045176659730912}
    });
    PYTORCH.put(UnaryFunction.SILU, new double[][] {
      {-0.2384058440442351, -0.1887703343990727, 0.14054412522144952, 0.7310585786300049, 2.8577223804672998},
      {-0.09078424878489547, 0.2600388126973482, 0.6237100215701977, 0.9276705118714869, 1.0881041060151693}
    });
  }

  static Map<UnaryFunction, double[][]> examples() {
    return PYTORCH;
  }

  @ParameterizedTest
  @EnumSource
  void valuesAndGradientsArePyTorchs(UnaryFunction f) {
    double[][] expected = examples().get(f);
    Backend backend = new ReferenceBackend();
    Variable x = Variable.leaf(Tensor.of(backend, Shape.of(X.length), X));
    try (Tape tape = Tape.open()) {
      Variable y = UnaryOp.apply(f, x);
      assertArrayEquals(expected[0], y.value().toDoubles(), 1e-15);
      tape.backward(SumOp.apply(y));
    }
    assertArrayEquals(expected[1], x.gradient().toDoubles(), 1e-15);
  }
}
