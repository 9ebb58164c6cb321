package org.swinengine.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.backend.UnaryFunction;
import org.swinengine.ops.SumOp;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;

class SequentialTest {
  private static Sequential net() {
    return new Sequential(
        new PatchEmbed(1, 2, 8, 1e-5),
        new Sequential(new Mlp(8, 16, 0), new LayerNorm(8, 1e-5)),
        new Activation(UnaryFunction.GELU),
        new PatchMerging(8, 1e-5),
        new PatchExpanding(16, 1e-5),
        new LayerScale(8, 0.5),
        new DropPath(0.5),
        new Dropout(0.5),
        new Identity(),
        Lambda.meanOfTokens(),
        new Linear(8, 3, true));
  }

  @Test
  void keysArePyTorchs() {
    List<String> paths = net().parameters().stream().map(Parameter::path).toList();
    assertEquals(
        List.of(
            "0.proj.weight", "0.proj.bias", "0.norm.weight", "0.norm.bias", "1.0.fc1.weight", "1.0.fc1.bias",
            "1.0.fc2.weight", "1.0.fc2.bias", "1.1.weight", "1.1.bias"),
        paths.subList(0, 10));
    assertEquals("10.bias", paths.get(paths.size() - 1));
  }

  /** The result is that of the layers called one after the other, and memory on the way goes back. */
  @Test
  void runsItsLayersInOrder() {
    try (Backend backend = Backends.open("cpu", 1)) {
      Sequential net = net();
      new ParameterArena(backend, net.parameters(), 3);
      float[] image = new float[2 * 8 * 8];
      for (int i = 0; i < image.length; i++) {
        image[i] = (float) StrictMath.sin(i);
      }
      Shape shape = Shape.of(2, 1, 8, 8);
      float[] expected;
      try (Scope scope = Scope.open()) {
        Variable y = Variable.of(backend, shape, image);
        for (Layer layer : net.layers()) {
          y = layer.forward(y, ForwardMode.EVALUATION);
        }
        expected = y.value().toFloats();
      }
      assertArrayEquals(expected, net.infer(shape, image));
    }
  }

  @Test
  void everyParameterGetsAGradient() {
    try (Backend backend = Backends.open("reference", 1)) {
      Sequential net = net();
      new ParameterArena(backend, net.parameters(), 3);
      try (Scope scope = Scope.open();
          Tape tape = Tape.open()) {
        Variable x = Variable.of(backend, Shape.of(1, 1, 4, 4), new float[16]);
        tape.backward(SumOp.apply(net.forward(x, ForwardMode.EVALUATION)));
      }
      net.parameters().forEach(parameter -> assertTrue(parameter.hasGradient(), parameter.path()));
    }
  }

  /** A layer may keep nothing of what it is given, but what it gives on as it is stays readable. */
  @Test
  void viewsKeepTheirMemory() {
    try (Backend backend = Backends.open("cpu", 1);
        Scope scope = Scope.open()) {
      Variable x = Variable.of(backend, Shape.of(2, 2, 1), 1, 2, 3, 4);
      Sequential views = new Sequential(Lambda.flatten(), new Identity(), Lambda.withMode((in, mode) -> in));
      Variable y = views.forward(x, ForwardMode.EVALUATION);
      assertEquals(Shape.of(2, 2), y.shape());
      Variable.of(backend, Shape.of(4), 9, 9, 9, 9);
      assertArrayEquals(new float[] {1, 2, 3, 4}, y.value().toFloats());
      assertNotNull(x.value().toFloats());
    }
  }

  @Test
  void errorsAreSentences() {
    assertThrows(IllegalArgumentException.class, Sequential::new);
    Linear twice = new Linear(2, 2, true);
    String message =
        assertThrows(IllegalArgumentException.class, () -> new Sequential(twice, twice)).getMessage();
    assertTrue(message.contains("stands in one place"), message);
    message =
        assertThrows(IllegalStateException.class, () -> new Identity().infer(Shape.of(1), 1)).getMessage();
    assertTrue(message.contains("without parameters"), message);
  }
}
