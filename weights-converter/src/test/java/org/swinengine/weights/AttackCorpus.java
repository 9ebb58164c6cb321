package org.swinengine.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * Files that were made to run code, to lie or to exhaust memory, each with what it must lead to. Those of
 * {@link AdvisoryAttacks} are made as an advisory tells. The weights are read and calls are notes, or the
 * file is refused with a sentence.
 */
final class AttackCorpus {
  /**
   * @param name of the file
   * @param refused a part of the sentence; null: the weights {@code w} are read
   * @param calls that Python would make, and that are noted
   */
  record Attack(String name, byte[] bytes, String refused, List<String> calls) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static final byte[] TWO = ZipWriter.floats(1.5f, -2);

  private final List<Attack> all = new ArrayList<>();

  private AttackCorpus() {}

  /** All of them. */
  static List<Attack> all() {
    AttackCorpus corpus = new AttackCorpus();
    corpus.all.addAll(AdvisoryAttacks.all());
    corpus.calls();
    corpus.pickles();
    corpus.tensors();
    corpus.archives();
    corpus.safetensors();
    corpus.numpy();
    return corpus.all;
  }

  private void refused(String name, String part, byte[] bytes) {
    all.add(new Attack(name, bytes, part, List.of()));
  }

  /** A checkpoint whose weights are sound and that holds more under the key "payload". */
  private void noted(String name, String call, Consumer<PickleWriter> payload) {
    PickleWriter pickle = PickleWriter.openDictWithWeights().text("payload");
    payload.accept(pickle);
    all.add(new Attack(name, checkpoint(pickle.raw("u").stop()), null, List.of(call)));
  }

  private void malformed(String name, String part, PickleWriter pickle) {
    refused(name, part, checkpoint(pickle.stop()));
  }

  private static byte[] checkpoint(byte[] pickle) {
    return ZipWriter.checkpoint(pickle, TWO);
  }

  private static PickleWriter call(PickleWriter pickle, String module, String name, String argument) {
    return pickle.global(module, name).raw('(').text(argument).raw("tR");
  }

  /** Every way to a call that scanners had no word for. */
  private void calls() {
    String[][] functions = {
      {"system.pth", "os", "system"},
      {"torch load.pth", "torch.serialization", "load"},
      {"pty.pth", "pty", "spawn"},
      {"profile.pth", "profile", "Profile.run"},
      {"cProfile.pth", "cProfile", "runctx"},
      {"idlelib.pth", "idlelib.run", "Executive.runcode"},
      {"builtins eval.pth", "builtins", "eval"},
      {"builtins exec.pth", "__builtin__", "execfile"},
      {"getattr.pth", "builtins", "getattr"},
      {"import.pth", "importlib", "import_module"},
      {"runpy.pth", "runpy", "run_path"},
      {"timeit.pth", "timeit", "timeit"},
      {"pdb.pth", "pdb", "run"},
      {"doctest.pth", "doctest", "debug_script"},
      {"lib2to3.pth", "lib2to3.pgen2.grammar", "Grammar.loads"},
      {"ensurepip.pth", "ensurepip", "_run_pip"},
      {"asyncio.pth", "asyncio.unix_events", "_UnixSubprocessTransport._start"},
      {"ctypes.pth", "ctypes", "CDLL"},
      {"numpy runstring.pth", "numpy.testing._private.utils", "runstring"},
      {"numpy f2py.pth", "numpy.f2py.crackfortran", "myeval"},
      {"torch hub.pth", "torch.hub", "load"},
      {"torch inductor.pth", "torch._inductor.codecache", "compile_file"},
      {"torch dynamo.pth", "torch._dynamo.guards", "GuardBuilder.get"},
      {"torch utils collect_env.pth", "torch.utils.collect_env", "run"},
      {"torch jit.pth", "torch.jit.unsupported_tensor_ops", "execWrapper"},
      {"pip.pth", "pip", "main"},
      {"smtplib.pth", "smtplib", "SMTP"},
      {"java.pth", "java.lang.Runtime", "exec"},
    };
    for (String[] f : functions) {
      noted(f[0], f[1] + "." + f[2] + "(\"touch owned\")", pickle -> call(pickle, f[1], f[2], "touch owned"));
    }
    noted("stack global.pth", "os.system(\"x\")",
        p -> p.text("os").text("system").raw(0x93).text("x").raw(0x85, 'R'));
    noted("inst.pth", "os.system(\"x\")", p -> p.raw("(").text("x").raw("ios\nsystem\n"));
    noted("obj.pth", "os.system(\"x\")", p -> p.raw("(").global("os", "system").text("x").raw("o"));
    noted("newobj.pth", "os.system(\"x\")", p -> p.global("os", "system").text("x").raw(0x85, 0x81));
    noted("newobj ex.pth", "os.system(\"x\")", p -> p.global("os", "system").text("x").raw(0x85, '}', 0x92));
    noted("memo.pth", "os.system(\"x\")",
        p -> p.global("os", "system").raw('q', 5, '0', 'h', 5).text("x").raw(0x85, 'R'));
    noted("dropped from the stack.pth", "os.system(\"x\")", p -> call(p, "os", "system", "x").raw('0', 'N'));
    noted("state.pth", "yacs.config.CfgNode()",
        p -> p.global("yacs.config", "CfgNode").raw(41, 0x81, '}').text("__setstate__").global("os", "system")
            .raw("sb"));
  }

  private void pickles() {
    malformed("broken byte after the call.pth", "opcode",
        call(new PickleWriter(), "os", "system", "x").raw(0xff));
    malformed("extension registry.pth", "opcode", new PickleWriter().raw(0x82, 1));
    malformed("stack underflow.pth", "underflow", new PickleWriter().raw("R"));
    malformed("no mark.pth", "mark", new PickleWriter().raw("Nt"));
    malformed("two values.pth", "more than one", new PickleWriter().raw("NN"));
    malformed("text of 4 GiB.pth", "bytes", new PickleWriter().raw('X').u32(0xffffffffL));
    malformed("bytes of 8 EiB.pth", "bytes", new PickleWriter().raw(0x8e).u32(0).u32(0x80000000L));
    malformed("number of 2 GiB.pth", "whole number", new PickleWriter().raw(0x8b).u32(0x7fffffff));
    malformed("frame of 4 GiB.pth", "frame", new PickleWriter().raw(0x95).u32(0).u32(1));
    malformed("protocol 77.pth", "protocol", new PickleWriter().raw(0x80, 77));
    malformed("not UTF-8.pth", "UTF-8", new PickleWriter().raw('X').u32(2).raw(0xc3, 0x28));
    malformed("never remembered.pth", "never remembered", PickleWriter.openDictWithWeights().raw('h', 9));
    malformed("state dict within itself.pth", "deeper",
        new PickleWriter().raw("}q").raw(0).raw("(").text("w").raw(tensor("0", 2, 0, 2, 1)).text("self")
            .raw('h', 0, 'u'));
    PickleWriter laughs = PickleWriter.openDictWithWeights().text("bomb").raw("](").text("ha").raw("e");
    for (int level = 0; level < 40; level++) {
      laughs.raw('q', level, '0', ']', '(', 'h', level, 'h', level, 'e');
    }
    malformed("billion laughs.pth", "parts", laughs.raw("u"));
    PickleWriter deep = PickleWriter.openDictWithWeights().text("deep").raw(")");
    for (int i = 0; i < 20_000; i++) {
      deep.raw(0x85);
    }
    malformed("tuples twenty thousand deep.pth", "deeper", deep.raw("u"));
  }

  private static PickleWriter tensor(String key, long count, long offset, long length, long stride) {
    return PickleWriter.part().tensor("FloatStorage", key, count, offset, new long[] {length},
        new long[] {stride});
  }

  private void one(String name, String part, PickleWriter tensor) {
    malformed(name, part, new PickleWriter().raw("}").text("w").raw(tensor).raw("s"));
  }

  private void tensors() {
    one("storage outside.pth", "is not in the file", tensor("../../data.pkl", 2, 0, 2, 1));
    one("storage of more.pth", "has 8 bytes", tensor("0", 1L << 40, 0, 2, 1));
    one("view beyond.pth", "tensor \"w\"", tensor("0", 2, 1, 2, 1));
    one("negative offset.pth", "w", tensor("0", 2, -1, 2, 1));
    one("negative stride.pth", "w", tensor("0", 2, 0, 2, -1));
    one("negative length.pth", "w", tensor("0", 2, 0, -2, 1));
    one("a trillion of one element.pth", "tensor \"w\"",
        PickleWriter.part().tensor("FloatStorage", "0", 2, 0, new long[] {1_000_000, 1_000_000},
            new long[2]));
    one("overflowing shape.pth", "w",
        PickleWriter.part().tensor("FloatStorage", "0", 2, 0, new long[] {1L << 40, 1L << 40}, new long[2]));
    one("storage by number.pth", "reference", PickleWriter.part().raw('K', 0, 'Q'));
    malformed("a name of ten million.pth", "longer than",
        new PickleWriter().raw("}").text("x".repeat(10_000_000)).raw(tensor("0", 2, 0, 2, 1)).raw("s"));
    malformed("one name twice.pth", "twice",
        PickleWriter.openDictWithWeights().text("w").raw(tensor("0", 2, 0, 1, 1)).raw("u"));
  }

  private static ZipWriter open() {
    return new ZipWriter().entry("w/data.pkl", PickleWriter.openDictWithWeights().raw("u").stop());
  }

  private void archives() {
    for (String name : List.of("../w/data/0", "/w/data/0", "w\\data\\0", "w/../data/0", "w/data/0\u0000")) {
      refused("entry " + all.size() + ".zip", "entry name", open().entry(name, TWO).finish());
    }
    refused("two entries.zip", "two entries", open().entry("w/data/0", TWO).entry("w/data/0", TWO).finish());
    ZipWriter overlapping = open();
    overlapping.centralOffset = 0;
    overlapping.localName = "w/data/0";
    refused("overlap.zip", "overlaps", overlapping.entry("w/data/0", TWO).finish());
    ZipWriter renamed = open();
    renamed.localName = "w/data/1";
    refused("two names of an entry.zip", "contradicts", renamed.entry("w/data/0", TWO).finish());
    ZipWriter large = open();
    large.centralSize = 0x7fffffff;
    refused("entry of 2 GiB.zip", "beyond", large.entry("w/data/0", TWO).finish());
    ZipWriter encrypted = open();
    encrypted.flags |= 1;
    refused("encrypted.zip", "encrypted", encrypted.entry("w/data/0", TWO).finish());
    ZipWriter lying = open().entry("w/data/0", TWO);
    lying.entryCountLie = 3;
    refused("entries that are not there.zip", "entries instead of", lying.finish());
    byte[] sound = open().entry("w/data/0", TWO).finish();
    refused("something behind.zip", "end", Arrays.copyOf(sound, sound.length + 1));
    refused("cut.zip", "incomplete", Arrays.copyOf(sound, sound.length - 30));
    ZipWriter many = new ZipWriter();
    for (int i = 0; i < 30_000; i++) {
      many.entry("w/" + i, new byte[0]);
    }
    many.zip64 = true;
    refused("thirty thousand entries.zip", "entries", many.finish());
  }

  private void header(String name, String part, String json, int data) {
    byte[] text = json.getBytes(StandardCharsets.UTF_8);
    refused(name + ".safetensors", part,
        ByteBuffer.allocate(8 + text.length + data).order(ByteOrder.LITTLE_ENDIAN).putLong(text.length)
            .put(text).array());
  }

  private static String entry(String name, String shape, String offsets) {
    return "\"" + name + "\":{\"dtype\":\"F32\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}";
  }

  private void safetensors() {
    header("overlapping", "overlap",
        "{" + entry("a", "[2]", "[0,8]") + "," + entry("w", "[2]", "[4,12]") + "}", 12);
    header("gap", "gaps", "{" + entry("w", "[2]", "[4,12]") + "}", 12);
    header("more than there is", "incomplete", "{" + entry("w", "[1000000]", "[0,4000000]") + "}", 8);
    header("shape that overflows", "64-bit", "{" + entry("w", "[4294967296,4294967296,2]", "[0,8]") + "}", 8);
    header("negative", "whole number", "{" + entry("w", "[-1]", "[0,8]") + "}", 8);
    header("beyond 64 bits", "whole number", "{" + entry("w", "[99999999999999999999999]", "[0,8]") + "}", 8);
    header("a name twice", "uplicate",
        "{" + entry("w", "[1]", "[0,4]") + "," + entry("w", "[1]", "[4,8]") + "}", 8);
    header("deep", "cannot be understood", "{\"w\":" + "{\"x\":".repeat(5000) + "1" + "}".repeat(5000) + "}",
        8);
    header("a long name", "longer than", "{" + entry("n".repeat(1 << 20), "[2]", "[0,8]") + "}", 8);
    header("metadata of numbers", "no string",
        "{\"__metadata__\":{\"a\":1}," + entry("w", "[2]", "[0,8]") + "}", 8);
    byte[] huge = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(Long.MAX_VALUE)
        .put((byte) '{').array();
    refused("header of 8 EiB.safetensors", "header of 8 EiB.safetensors", huge);
  }

  private void npy(String name, String part, String dictionary) {
    byte[] text = (dictionary + "\n").getBytes(StandardCharsets.ISO_8859_1);
    refused(name + ".npy", part,
        ByteBuffer.allocate(10 + text.length + 8).order(ByteOrder.LITTLE_ENDIAN).put((byte) 0x93)
            .put("NUMPY".getBytes(StandardCharsets.US_ASCII)).put((byte) 1).put((byte) 0)
            .putShort((short) text.length)
            .put(text).array());
  }

  private void numpy() {
    npy("objects", "may run code", "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }");
    npy("fields bomb", "structured array",
        "{'descr': [('a', '<f4', (1000000, 1000000))], 'fortran_order': False, 'shape': (1,), }");
    npy("a trillion", "npy", "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000, 1000000), }");
    npy("shape that overflows", "npy",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296), }");
    npy("negative", "npy", "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }");
    npy("code", "npy", "{'descr': __import__('os').system('x'), 'fortran_order': False, 'shape': (1,), }");
    npy("a key twice", "twice", "{'descr': '<f4', 'shape': (2,), 'shape': (1,), 'fortran_order': False, }");
    npy("itemsize bomb", "supported", "{'descr': '<V2000000000', 'fortran_order': False, 'shape': (1,), }");
  }
}
