package org.swinengine.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Tables of somebody who has models of their own, and this module alone. */
final class NameTablesTest {
  private static final Dialect OTHER = new Dialect("other");
  private static final Dialect ASKED = new Dialect("asked");

  private static final List<NameRule> RULES =
      List.of(
          NameRule.joined("blocks.{i}.qk.weight", "layer{i+1}.q.weight", "layer{i+1}.k.weight"),
          NameRule.same("blocks.{i}.{rest}", "layer{i+1}.{rest}"),
          NameRule.same("head.{rest}", "classifier.{rest}").outsidePrefix());

  private static final NameTables TABLES =
      new NameTables(
          List.of(
              new NameTable(OTHER, "net", RULES).withPrefix("net_body.").withBuffers(List.of("mask")),
              new NameTable(ASKED, "net", List.of(NameRule.same("blocks.{i}.{rest}", "b{i}.{rest}")))
                  .onlyOnRequest("say that it is asked")));

  private static StateDict theirs() {
    StateDict.Builder dict = StateDict.builder();
    dict.put("net_body.layer1.q.weight", ArrayData.ofFloats(new long[] {1, 2}, 1, 2));
    dict.put("net_body.layer1.k.weight", ArrayData.ofFloats(new long[] {1, 2}, 3, 4));
    dict.put("net_body.layer1.norm.bias", ArrayData.ofFloats(new long[] {2}, 5, 6));
    dict.put("net_body.layer1.mask", ArrayData.ofFloats(new long[] {1}, 0));
    dict.put("classifier.weight", ArrayData.ofFloats(new long[] {1, 2}, 7, 8));
    return dict.build();
  }

  @Test
  void tablesOfOnesOwnAreReadAndWritten() {
    NamedWeights named = NamedWeights.of(theirs(), TABLES);
    assertEquals(OTHER, named.dialect());
    assertEquals(Optional.of("net"), named.family());
    assertEquals(List.of("net_body.layer1.mask"), named.buffers());
    StateDict ours = named.weights();
    assertEquals(List.of("blocks.0.qk.weight", "blocks.0.norm.bias", "head.weight"),
        List.copyOf(ours.names()));
    assertArrayEquals(new float[] {1, 2, 3, 4}, ours.get("blocks.0.qk.weight").toFloats());
    StateDict back = NamedWeights.write(ours, TABLES, OTHER);
    assertEquals(
        List.of(
            "net_body.layer1.q.weight", "net_body.layer1.k.weight", "net_body.layer1.norm.bias",
            "classifier.weight"),
        List.copyOf(back.names()));
    assertArrayEquals(new float[] {3, 4}, back.get("net_body.layer1.k.weight").toFloats());
  }

  @Test
  void withoutTablesNamesStayAsTheyAre() {
    NamedWeights named = NamedWeights.of(theirs(), NameTables.NONE);
    assertEquals(Dialect.ENGINE, named.dialect());
    assertEquals(theirs().names(), named.weights().names());
    assertEquals(Optional.empty(), named.family());
  }

  @Test
  void aTableMayCountOnRequestOnly() {
    StateDict dict = StateDict.builder().put("b0.norm.bias", ArrayData.ofFloats(new long[] {1}, 1)).build();
    NamedWeights unasked = NamedWeights.of(dict, TABLES);
    assertEquals("say that it is asked", unasked.hint());
    assertTrue(unasked.weights().contains("b0.norm.bias"));
    assertTrue(
        NamedWeights.of(dict, TABLES, ASKED, RenameRules.NONE).weights().contains("blocks.0.norm.bias"));
  }

  /** Where two dialects share their names, shapes decide. */
  @Test
  void shapesDecideBetweenDialects() {
    Dialect wide = new Dialect("wide");
    List<NameRule> same = NameRule.asTheyAre("w{i}");
    NameTable narrow =
        new NameTable(OTHER, "net", same).decidedBy(shapes -> shapes.get("w0")[0] > 3 ? wide : OTHER);
    NameTables tables =
        new NameTables(List.of(narrow, new NameTable(wide, "net", List.of(NameRule.same("w{i+1}", "w{i}")))));
    for (int n : new int[] {3, 4}) {
      StateDict dict =
          StateDict.builder().put("w0", ArrayData.ofFloats(new long[] {n}, new float[n])).build();
      NamedWeights named = NamedWeights.of(dict, tables);
      assertEquals(n == 4 ? wide : OTHER, named.dialect());
      assertEquals(List.of(n == 4 ? "w1" : "w0"), List.copyOf(named.weights().names()));
    }
  }

  @Test
  void dialectsAreThoseOfTheTables() {
    assertEquals(List.of(Dialect.ENGINE, OTHER, ASKED), TABLES.dialects());
    assertEquals(OTHER, TABLES.dialect("Other"));
    String message =
        assertThrows(IllegalArgumentException.class, () -> TABLES.dialect("timm")).getMessage();
    assertTrue(message.contains("engine, other, asked"), message);
    assertThrows(IllegalArgumentException.class, () -> new Dialect("Two Words"));
    StateDict stranger = StateDict.builder().put("x", ArrayData.ofFloats(new long[] {1}, 1)).build();
    message =
        assertThrows(IllegalArgumentException.class, () -> NamedWeights.write(stranger, TABLES, OTHER))
            .getMessage();
    assertTrue(message.contains("no place for 1 of the 1 arrays: x"), message);
  }
}
