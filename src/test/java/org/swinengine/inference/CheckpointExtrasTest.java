package org.swinengine.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.swinengine.weights.ArrayData;

class CheckpointExtrasTest {
  @Test
  void namesOfClasses() {
    List<String> names = List.of("cat", "dog");
    assertEquals(Optional.of(names), CheckpointExtras.classNames(Map.of("classes", names, "epoch", 3L)));
    assertEquals(Optional.of(names),
        CheckpointExtras.classNames(Map.of("class_to_idx", Map.of("dog", 1L, "cat", 0L))));
    assertEquals(Optional.of(names),
        CheckpointExtras.classNames(Map.of("idx_to_class", Map.of(1L, "dog", 0L, "cat"))));
    for (Object other : List.of(
        List.of(1L, 2L), List.of(), Map.of("a", 0L, "b", 2L), Map.of("a", 0L, "b", 0L), Map.of("a", "b"), 5L,
        "cat")) {
      assertEquals(Optional.empty(), CheckpointExtras.classNames(Map.of("classes", other)), other::toString);
    }
  }

  @Test
  void otherWeightsAreMentioned() {
    ArrayData array = ArrayData.ofFloats(new long[] {1}, 1);
    Map<Object, Object> ema = Map.of("norm.weight", array, "norm.bias", array);
    String said = CheckpointExtras.otherWeights(Map.of("params_ema", ema, "epoch", 1L), 2).orElseThrow();
    assertTrue(said.contains("params_ema (EMA") && said.contains("`key`"), said);
    assertEquals(Optional.empty(), CheckpointExtras.otherWeights(Map.of("stats", Map.of("mean", array)), 20));
  }
}
