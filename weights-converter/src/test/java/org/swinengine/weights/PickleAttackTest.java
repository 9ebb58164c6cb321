package org.swinengine.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.swinengine.weights.TestFiles.assertRefused;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pickles that are made to run code, to exhaust memory or to confuse. */
class PickleAttackTest {
  @TempDir
  Path folder;

  private StateDict read(byte[] pickle) {
    byte[] zip = ZipWriter.checkpoint(pickle, ZipWriter.floats(1.5f, -2));
    return TorchCheckpoint.read(TestFiles.write(folder, "attack.pth", zip));
  }

  private void assertMalformed(String part, PickleWriter pickle) {
    assertRefused(part, () -> TestFiles.readAll(read(pickle.stop())));
  }

  @ParameterizedTest
  @CsvSource({"os,system", "posix,system", "builtins,eval", "builtins,exec", "builtins,getattr",
    "subprocess,Popen",
    "runpy,run_path", "webbrowser,open", "torch.hub,load", "torch._utils,__import__",
    "collections,__import__", "nt,system", "pty,spawn", "functools,partial", "operator,attrgetter",
    "numpy.testing._private.utils,runstring", "java.lang.Runtime,getRuntime", "org.swinengine.weights,Npy"})
  void aCallOfAnythingUnknownIsANoteAndTheWeightsAreRead(String module, String name) {
    StateDict dict = read(PickleWriter.openDictWithWeights().text("payload").global(module, name)
        .raw('(').text("touch owned").raw("tRu").stop());
    assertArrayEquals(new float[] {1.5f, -2}, dict.get("w").toFloats());
    InertObject payload = assertInstanceOf(InertObject.class, dict.extras().get("payload"));
    assertEquals(module + "." + name, payload.className());
    assertEquals(List.of("touch owned"), payload.arguments());
  }

  @Test
  void everyWayToMakeAnObjectIsInert() {
    StateDict dict = read(PickleWriter.openDictWithWeights()
        .text("stackGlobal").text("os").text("system").raw(0x93).text("x").raw(0x85, 'R')
        .text("inst").raw("(").text("x").raw("ios\nsystem\n")
        .text("obj").raw("(").global("os", "system").text("x").raw("o")
        .text("newobj").global("os", "system").text("x").raw(0x85, 0x81)
        .text("newobjEx").global("os", "system").text("x").raw(0x85, '}').text("shell").raw(0x88, 's', 0x92)
        .raw("u").stop());
    for (String key : List.of("stackGlobal", "inst", "obj", "newobj", "newobjEx")) {
      InertObject object = assertInstanceOf(InertObject.class, dict.extras().get(key), key);
      assertEquals("os.system", object.className());
      assertEquals(List.of("x"), object.arguments());
    }
    assertEquals(Map.of("shell", true), ((InertObject) dict.extras().get("newobjEx")).entries());
  }

  @Test
  void stateAndItemsOfUnknownClassesAreKept() {
    StateDict dict = read(PickleWriter.openDictWithWeights()
        .text("config").global("yacs.config", "CfgNode").raw(41, 0x81).raw("(").text("DEPTHS").number(2).raw(
            "u")
        .raw("}").text("__immutable__").raw(0x88, 's', 'b')
        .text("args").global("argparse", "Namespace").raw(41, 0x81).raw("}").text("lr").raw('G')
        .raw(0x3f, 0xe0, 0, 0, 0, 0, 0, 0).raw("sb").raw("u").stop());
    InertObject config = (InertObject) dict.extras().get("config");
    assertEquals(Map.of("DEPTHS", 2L), config.entries());
    assertEquals(Map.of("__immutable__", true), config.state());
    assertEquals(Map.of("lr", 0.5), ((InertObject) dict.extras().get("args")).state());
  }

  @Test
  void numpyScalarsAndArraysBecomeNumbersAndArrays() {
    PickleWriter pickle = PickleWriter.openDictWithWeights().text("best");
    pickle.global("numpy._core.multiarray", "scalar");
    pickle.global("numpy", "dtype").text("f8").raw(0x89, 0x88, 0x87, 'R').raw("(K").raw(3).text("<").raw(
        "tb");
    pickle.global("_codecs", "encode").text("\0\0\0\0\0\0\u00e0\u003f").text("latin1").raw(0x86, 'R', 0x86,
        'R');
    pickle.text("curve").global("numpy.core.multiarray", "_reconstruct").global("numpy", "ndarray").tuple(0)
        .raw('C', 1, 'b', 0x87, 'R').raw("(").number(1).tuple(2).global("numpy", "dtype").text("i2")
        .raw(0x85, 'R').raw("(K").raw(3).text(">").raw("tb").raw(0x89).raw('C', 4, 1, 0, 0, 7).raw("tb");
    StateDict dict = read(pickle.raw("u").stop());
    assertEquals(0.5, dict.extras().get("best"));
    assertArrayEquals(new int[] {256, 7}, ((ArrayData) dict.extras().get("curve")).toInts());
  }

  @Test
  void billionLaughsUseUpTheLimitOnly() {
    PickleWriter pickle = PickleWriter.openDictWithWeights().text("bomb").raw("](").text("ha").raw("e");
    for (int level = 0; level < 40; level++) {
      pickle.raw('q', level, '0', ']', '(', 'h', level, 'h', level, 'e');
    }
    assertMalformed("parts", pickle.raw("u"));
  }

  @Test
  void stateDictsThatDoubleAtEachLevelUseUpTheLimit() {
    PickleWriter pickle = new PickleWriter().raw("}(").text("a")
        .tensor("FloatStorage", "0", 2, 0, new long[] {2}, new long[] {1}).raw('q', 0, 'u');
    for (int level = 0; level < 28; level++) {
      pickle.raw('q', level + 1, '0', '}', '(').text("a").raw('h', level + 1).text("b").raw('h', level + 1)
          .text("c").raw('h', 0, 'u');
    }
    assertMalformed("entries", pickle);
  }

  @Test
  void wideDictionariesThatShareTheirPartsUseUpTheLimit() {
    PickleWriter pickle = new PickleWriter().raw("}(");
    for (int i = 0; i < 50_000; i++) {
      pickle.raw('U', 0, 'N');
    }
    pickle.raw("uq").raw(0).raw("0}(");
    for (int i = 0; i < 50_000; i++) {
      pickle.raw('U', 0, 'h', 0);
    }
    assertMalformed("entries", pickle.raw("u"));
  }

  @Test
  void manyTupleKeysAreRefused() {
    PickleWriter pickle = PickleWriter.openDictWithWeights().text("odd").raw("}(");
    for (int i = 0; i < 2000; i++) {
      pickle.raw('K', i & 0xff, 'K', i >> 8, 0x86, 'N');
    }
    assertMalformed("tuples", pickle.raw("uu"));
  }

  @Test
  void namesOfClassesAndStoragesHaveAnEnd() {
    String endless = "x".repeat(5000);
    assertMalformed("no end", new PickleWriter().text(endless).text("y").raw(0x93));
    assertMalformed("no end", new PickleWriter().raw("c" + endless + "\ny\n"));
    assertMalformed("reference", new PickleWriter().storage("FloatStorage", endless, 1));
  }

  @Test
  void copiesOfALargeListUseUpTheLimit() {
    PickleWriter pickle = PickleWriter.openDictWithWeights().text("list").raw("](");
    for (int i = 0; i < 100_000; i++) {
      pickle.raw('N');
    }
    pickle.raw("eq").raw(0).text("copies").raw("](");
    for (int i = 0; i < 100; i++) {
      pickle.global("builtins", "list").raw('h', 0, 0x85, 'R');
    }
    assertMalformed("objects", pickle.raw("eu"));
  }

  @Test
  void deepNestingCostsNoStack() {
    PickleWriter lists = PickleWriter.openDictWithWeights().text("deep");
    PickleWriter tuples = PickleWriter.openDictWithWeights().text("deep").raw(")");
    PickleWriter calls = PickleWriter.openDictWithWeights().text("deep").global("a", "b");
    for (int i = 0; i < 1_000_000; i++) {
      lists.raw(']');
      tuples.raw(0x85);
      calls.raw(')', 'R');
    }
    for (int i = 1; i < 1_000_000; i++) {
      lists.raw('a');
    }
    assertMalformed("deeper", lists.raw("u"));
    assertMalformed("deeper", tuples.raw("u"));
    InertObject call = (InertObject) read(calls.raw("u").stop()).extras().get("deep");
    assertEquals("(the result of another call)", call.className());
  }

  @Test
  void deeplyNestedStateDictsAreRefused() {
    PickleWriter pickle = new PickleWriter().raw("}").text("model");
    for (int i = 0; i < 100_000; i++) {
      pickle.raw('}').text("a");
    }
    pickle.tensor("FloatStorage", "0", 2, 0, new long[] {2}, new long[] {1});
    for (int i = 0; i <= 100_000; i++) {
      pickle.raw('s');
    }
    assertMalformed("deeper", pickle);
  }

  @Test
  void aListThatContainsItselfEnds() {
    StateDict dict = read(PickleWriter.openDictWithWeights().text("loop").raw("]q").raw(0).raw("h").raw(
        0).raw("au")
        .stop());
    List<?> loop = (List<?>) dict.extras().get("loop");
    assertEquals("(a reference to an enclosing object)", ((InertObject) loop.get(0)).className());
    TestFiles.readAll(dict);
  }

  @Test
  void aStateDictThatContainsItselfEnds() {
    assertMalformed("deeper", new PickleWriter().raw("}q").raw(0).raw("(").text("w")
        .tensor("FloatStorage", "0", 2, 0, new long[] {2}, new long[] {1}).text("self").raw('h', 0, 'u'));
  }

  @Test
  void memoIndicesAreOnlyNumbers() {
    StateDict dict = read(PickleWriter.openDictWithWeights().text("x").raw('r').u32(0xffffffffL).raw('j')
        .u32(0xffffffffL).raw("u").stop());
    assertEquals("x", dict.extras().get("x"));
    assertMalformed("never remembered", PickleWriter.openDictWithWeights().raw('h', 9));
  }

  @Test
  void brokenStacksAndLengthsAreRefused() {
    assertMalformed("underflow", new PickleWriter());
    assertMalformed("underflow", new PickleWriter().raw("R"));
    assertMalformed("underflow", new PickleWriter().raw("N(").raw(0x85));
    assertMalformed("mark", new PickleWriter().raw("Nt"));
    assertMalformed("more than one", new PickleWriter().raw("NN"));
    assertMalformed("more than one", new PickleWriter().raw("(N"));
    assertMalformed("follows", new PickleWriter().raw("N."));
    assertMalformed("bytes", new PickleWriter().raw('X').u32(0xffffffffL));
    assertMalformed("bytes", new PickleWriter().raw(0x8d).u32(0xffffffffL).u32(0xffffffffL));
    assertMalformed("whole number", new PickleWriter().raw(0x8b).u32(0x7fffffff));
    assertMalformed("bytes", new PickleWriter().raw(0x8b).u32(0xffffffffL));
    assertMalformed("bytes", new PickleWriter().raw(0x8e).u32(0).u32(0x80000000L));
    assertMalformed("frame", new PickleWriter().raw(0x95).u32(0).u32(1));
    assertMalformed("UTF-8", new PickleWriter().raw('X').u32(2).raw(0xc3, 0x28));
    assertMalformed("opcode", new PickleWriter().raw(0x82, 1));
    assertMalformed("protocol", new PickleWriter().raw(0x80, 77));
    assertMalformed("no value", new PickleWriter().raw("}(Nu"));
    assertMalformed("no dictionary", new PickleWriter().raw("](NNu"));
    assertMalformed("no list", new PickleWriter().raw("}Na"));
    assertMalformed("attributes", new PickleWriter().text("x").raw("}b"));
    assertMalformed("no class", new PickleWriter().text("x").raw(")R"));
    assertRefused("bytes", () -> read(new byte[] {(byte) 0x80, 2, 'N'}));
    assertRefused("bytes", () -> read(new byte[0]));
  }

  @Test
  void aBrokenByteAfterThePayloadIsStillARefusal() {
    assertMalformed("opcode", new PickleWriter().global("os", "system").text("x").raw(0x85, 'R', 0xff));
  }

  @Test
  void storageReferencesMustBeWhatTheyAre() {
    assertMalformed("reference", new PickleWriter().text("0").raw('Q'));
    assertMalformed("reference", new PickleWriter().raw("(").text("storage").raw("tQ"));
    assertMalformed("reference", new PickleWriter().raw("(").text("module").global("a",
        "B").text("0").text("cpu")
        .number(1).raw("tQ"));
    assertMalformed("reference", new PickleWriter().raw("(").text("storage").global("torch", "FloatStorage")
        .number(0).text("cpu").number(2).raw("tQ"));
    assertMalformed("two ways", new PickleWriter().raw("(").storage("FloatStorage", "0", 2)
        .storage("IntStorage", "0", 2).raw("t"));
    assertMalformed("two ways", new PickleWriter().raw("(").storage("FloatStorage", "0", 2)
        .storage("FloatStorage", "0", 1).raw("t"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"../../data.pkl", "../data.pkl", "1", ""})
  void aStorageThatIsNotThereIsNamed(String key) {
    assertMalformed("is not in the file", new PickleWriter().raw("}").text("w")
        .tensor("FloatStorage", key, 2, 0, new long[] {2}, new long[] {1}).raw("s"));
  }

  @Test
  void oddKeysOfDictionariesAreData() {
    PickleWriter pickle = PickleWriter.openDictWithWeights();
    pickle.raw("]N").raw("G").raw(0x7f, 0xf8, 0, 0, 0, 0, 0, 0).raw("N}NNN");
    pickle.tensor("FloatStorage", "0", 2, 0, new long[] {1}, new long[] {1}).raw("N");
    StateDict dict = read(pickle.raw("u").stop());
    assertEquals(5, dict.extras().size());
    TestFiles.readAll(dict);
  }

  @Test
  void namesCannotRearrangeAMessage() {
    String evil = "w\n\u0000\u202e" + "x".repeat(2000);
    StateDict dict = read(new PickleWriter().raw("}").text(evil)
        .tensor("FloatStorage", "0", 2, 0, new long[] {2}, new long[] {1}).raw("s").stop());
    WeightFileException e = assertThrows(WeightFileException.class,
        () -> dict.get(evil).toInts());
    assertEquals(-1, e.getMessage().indexOf('\n'));
    assertEquals(-1, e.getMessage().indexOf('\u202e'));
    assertTrue(e.getMessage().length() < 600);
    assertMalformed("longer than", new PickleWriter().raw("}").text("x".repeat(10_000_000))
        .tensor("FloatStorage", "0", 2, 0, new long[] {2}, new long[] {1}).raw("s"));
  }

  @Test
  void aNameThatIsThereTwiceIsRefused() {
    assertMalformed("twice", PickleWriter.openDictWithWeights().text("w")
        .tensor("FloatStorage", "0", 2, 0, new long[] {1}, new long[] {1}).raw("u"));
  }

  @Test
  void resultsOfUnknownCallsCannotBeCalledOn() {
    StateDict dict = read(PickleWriter.openDictWithWeights().text("chain").global("operator", "attrgetter")
        .text("system").raw(0x85, 'R').global("builtins", "__import__").text("os").raw(0x85, 'R', 0x85, 'R')
        .text("id").raw(0x85, 'R').raw("u").stop());
    InertObject chain = assertInstanceOf(InertObject.class, dict.extras().get("chain"));
    assertEquals("(the result of another call)", chain.className());
  }

  @Test
  void numbersOfRegisteredClassesAreRefused() {
    assertMalformed("opcode", new PickleWriter().raw(0x82, 1));
    assertMalformed("opcode", new PickleWriter().raw(0x83, 1, 0));
    assertMalformed("opcode", new PickleWriter().raw(0x84, 1, 0, 0, 0));
  }

  @Test
  void attributesOfTensorsAndDictionariesChangeNothing() {
    PickleWriter state = PickleWriter.part().raw("}(").text("__class__").global("os", "system")
        .text("__setstate__").global("os", "system").text("shape").tuple(9).raw("u");
    StateDict dict = read(new PickleWriter().global("collections", "OrderedDict").raw(")R(").text("w")
        .tensor("FloatStorage", "0", 2, 0, new long[] {2}, new long[] {1}).raw("u").raw(state).raw("b")
        .stop());
    assertEquals(List.of("w"), List.copyOf(dict.names()));
    assertArrayEquals(new float[] {1.5f, -2}, dict.get("w").toFloats());
  }

  @Test
  void loneSurrogatesAreNamesAsInPython() {
    byte[] pickle = new PickleWriter().raw("}").raw('X').u32(3).raw(0xed, 0xa0, 0x80)
        .tensor("FloatStorage", "0", 2, 0, new long[] {2}, new long[] {1}).raw("s").stop();
    StateDict dict = read(pickle);
    assertArrayEquals(new float[] {1.5f, -2}, dict.get("\ud800").toFloats());
    WeightFileException e = assertThrows(WeightFileException.class, () -> dict.get("\ud800").toInts());
    assertTrue(e.getMessage().contains("ud800"), e.getMessage());
  }

  @Test
  void wholeNumbersOfAnySizeAreNumbers() {
    PickleWriter pickle = PickleWriter.openDictWithWeights().text("n").raw(0x8a, 255);
    for (int i = 0; i < 255; i++) {
      pickle.raw(0xff);
    }
    assertEquals(-1L, read(pickle.raw("u").stop()).extras().get("n"));
    assertMalformed("bytes", new PickleWriter().raw(0x8a, 255));
  }

  @Test
  void tuplesThatContainThemselvesEnd() {
    StateDict dict = read(PickleWriter.openDictWithWeights().text("t").raw("]q").raw(0).raw("h").raw(0)
        .raw(0x85).raw("a").text("d").raw("}q").raw(1).text("d").raw("h").raw(1).raw("su").stop());
    assertEquals("(a reference to an enclosing object)",
        ((InertObject) ((List<?>) ((List<?>) dict.extras().get("t")).get(0)).get(0)).className());
    assertEquals("(a reference to an enclosing object)",
        ((InertObject) ((Map<?, ?>) dict.extras().get("d")).get("d")).className());
    TestFiles.readAll(dict);
  }

  @Test
  void keysOfStoragesAreTexts() {
    assertMalformed("reference", new PickleWriter().raw("(").text("storage").global("torch", "FloatStorage")
        .raw('C', 1, '0').text("cpu").number(2).raw("tQ"));
    assertMalformed("reference", new PickleWriter().raw('K', 0, 'Q'));
    assertMalformed("reference", new PickleWriter().raw("NQ"));
    assertMalformed("opcode", new PickleWriter().raw("P0\n"));
  }
}
