package org.swinengine.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;

class ModuleTest {
  private static final Shape SHAPE = Shape.of(4, 4);

  private static final class Layer extends Module {
    Layer() {
      parameter("weight", SHAPE, Initializers.truncatedNormal(0.02), true);
    }
  }

  private static final class Net extends Module {
    Net with(String name, Module part) {
      add(name, part);
      return this;
    }

    Net with(String name) {
      parameter(name, SHAPE, Initializers.truncatedNormal(0.02), true);
      return this;
    }
  }

  private static List<String> paths(Module module) {
    return module.parameters().stream().map(Parameter::path).toList();
  }

  /** Whether a part is filled before or after it gets its place. */
  @Test
  void partsHaveTheirPathsAsSoonAsTheyStandSomewhere() {
    Net inner = new Net().with("fc1", new Layer());
    Net root = new Net().with("scale").with("blocks.0", inner);
    inner.with("fc2", new Layer()).with("gamma");
    assertEquals("blocks.0", inner.path());
    assertEquals(
        List.of("scale", "blocks.0.gamma", "blocks.0.fc1.weight", "blocks.0.fc2.weight"), paths(root));
    new Net().with("model", root);
    assertEquals("model.blocks.0.fc2.weight", paths(root).get(3));
  }

  @Test
  void aNameIsGivenOnce() {
    Net net = new Net().with("fc", new Layer()).with("scale");
    for (String taken : List.of("fc", "scale")) {
      String part =
          assertThrows(IllegalArgumentException.class, () -> net.with(taken, new Layer())).getMessage();
      assertTrue(part.contains("'" + taken + "' already"), part);
      assertThrows(IllegalArgumentException.class, () -> net.with(taken));
    }
    assertThrows(IllegalArgumentException.class, () -> net.with("", new Layer()));
    assertEquals(2, net.parameters().size());
  }

  @Test
  void aModuleStandsInOnePlace() {
    Layer layer = new Layer();
    Net net = new Net().with("first", layer);
    String message =
        assertThrows(IllegalArgumentException.class, () -> net.with("second", layer)).getMessage();
    assertTrue(message.contains("'second' is already a part, 'first'"), message);
    assertThrows(IllegalArgumentException.class, () -> net.with("self", net));
  }

  @Test
  void layersOfOneShapeHaveDifferentFirstValues() {
    Net net = new Net().with("fc1", new Layer()).with("fc2", new Layer());
    try (Backend backend = Backends.open("reference", 1);
        Scope scope = Scope.open()) {
      new ParameterArena(backend, net.parameters(), 1);
      float[] first = net.parameters().get(0).value().toFloats();
      assertFalse(Arrays.equals(first, net.parameters().get(1).value().toFloats()));
    }
  }

  @Test
  void anArenaTakesNamedParametersOnly() {
    try (Backend backend = Backends.open("reference", 1)) {
      Parameter unnamed = new Parameter(SHAPE, Initializers.truncatedNormal(0.02), true);
      String message =
          assertThrows(IllegalArgumentException.class, () -> new ParameterArena(backend, List.of(unnamed), 1))
              .getMessage();
      assertTrue(message.contains("shape [4, 4] has no name"), message);
      List<Parameter> twice = List.of(new Layer().parameters().get(0), new Layer().parameters().get(0));
      message =
          assertThrows(IllegalArgumentException.class, () -> new ParameterArena(backend, twice, 1))
              .getMessage();
      assertTrue(message.contains("two parameters have the name 'weight'"), message);
    }
  }
}
