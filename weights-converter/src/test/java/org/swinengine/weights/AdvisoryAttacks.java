package org.swinengine.weights;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.swinengine.weights.AttackCorpus.Attack;

/** Files as published advisories on readers like this one tell how to make them. */
final class AdvisoryAttacks {
  private static final byte[] TWO = ZipWriter.floats(1.5f, -2);
  private static final String OWNED = "touch owned";
  private static final String SYSTEM = "os.system(\"" + OWNED + "\")";

  private final List<Attack> all = new ArrayList<>();

  private AdvisoryAttacks() {}

  static List<Attack> all() {
    AdvisoryAttacks attacks = new AdvisoryAttacks();
    attacks.filesAndAddresses();
    attacks.codeObjects();
    attacks.computedMagicNumber();
    attacks.readersWithoutTheAllowList();
    attacks.storesIntoWhatIsNoDictionary();
    attacks.subarrays();
    return attacks.all;
  }

  private void noted(String name, byte[] bytes, String... calls) {
    all.add(new Attack(name, bytes, null, List.of(calls)));
  }

  private void refused(String name, String part, byte[] bytes) {
    all.add(new Attack(name, bytes, part, List.of()));
  }

  private static PickleWriter payload() {
    return PickleWriter.openDictWithWeights().text("payload");
  }

  private static byte[] checkpoint(PickleWriter pickle) {
    return ZipWriter.checkpoint(pickle.raw("u").stop(), TWO);
  }

  private static PickleWriter system(PickleWriter pickle) {
    return pickle.global("os", "system").text(OWNED).raw(0x85, 'R');
  }

  /** Calls that read and make files and that no list of dangerous functions had. */
  private void filesAndAddresses() {
    noted("GHSA-9726-w42j-3qjr FileIO and urlopen.pth",
        checkpoint(payload().global("urllib.request", "urlopen").text("https://example.invalid")
            .global("_io", "FileIO").text("/etc/hosts").text("r").raw(0x86, 'R').raw(0x86, 'R')),
        "_io.FileIO(\"/etc/hosts\", \"r\")", "urllib.request.urlopen(\"https://example.invalid\", …)");
    noted("GHSA-m7j5-r2p5-c39r FileHandler.pth",
        checkpoint(payload().global("logging", "FileHandler").text("evil.log").raw(0x85, 'R')),
        "logging.FileHandler(\"evil.log\")");
    refused("GHSA-m7j5-r2p5-c39r FileHandler.pkl", "logging.FileHandler(\"evil.log\")",
        new PickleWriter().global("logging", "FileHandler").text("evil.log").raw(0x85, 'R').stop());
  }

  /** A function is made of a code object that calls eval under another name, and then called. */
  private void codeObjects() {
    noted("GHSA-9m3x-qqw2-h32h code object.pth",
        checkpoint(payload().global("cloudpickle.cloudpickle", "_make_function").raw("(")
            .global("cloudpickle.cloudpickle", "_builtin_type").text("CodeType").raw(0x85, 'R')
            .raw("(").number(1).number(0).raw('C', 2, 'd', 0).text("eval").raw("tR")
            .raw("}NNNtR").text("__import__('os').system('" + OWNED + "')").raw(0x85, 'R')),
        "cloudpickle.cloudpickle._builtin_type(\"CodeType\")",
        "(the result of another call)(\"__import__('os').system('" + OWNED + "')\")");
    noted("GHSA-9m3x-qqw2-h32h CodeType.pth",
        checkpoint(payload().text("types").text("CodeType").raw(0x93).raw(")R")), "types.CodeType()");
    noted("GHSA-9m3x-qqw2-h32h getattr.pth",
        checkpoint(payload().global("builtins", "getattr").global("builtins", "eval").text("__call__")
            .raw(0x86, 'R').text("1").raw(0x85, 'R')),
        "builtins.getattr(builtins.eval, \"__call__\")", "(the result of another call)(\"1\")");
  }

  /** Python takes the result of a call for the magic number of PyTorch's old format. */
  private void computedMagicNumber() {
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    stream
        .writeBytes(new PickleWriter().global("builtins", "eval").text("MAGIC_NUMBER").raw(0x85, 'R').stop());
    stream.writeBytes(new PickleWriter().number(1001).stop());
    stream.writeBytes(new PickleWriter().raw("}").stop());
    stream.writeBytes(system(new PickleWriter()).stop());
    stream.writeBytes(new PickleWriter().raw("]").stop());
    refused("GHSA-97f8-7cmv-76j2 magic number.pt", "builtins.eval(\"MAGIC_NUMBER\"), " + SYSTEM,
        stream.toByteArray());
  }

  /** PyTorch read tar archives and TorchScript without the allow list that weights_only promised. */
  private void readersWithoutTheAllowList() {
    noted("CVE-2025-32434 tar.pt", TorchTarTest.withCall(OWNED), SYSTEM);
    noted("CVE-2025-32434 TorchScript.pt",
        new ZipWriter().entry("w/data.pkl", system(payload()).raw("u").stop())
            .entry("w/code/__torch__.py",
                ("class M(Module):\n  def forward(self):\n    ops.aten.save(1, \"x\")\n")
                    .getBytes(StandardCharsets.US_ASCII))
            .entry("w/constants.pkl", system(new PickleWriter()).stop())
            .entry("w/data/0", TWO).finish(),
        SYSTEM);
  }

  /** PyTorch's restricted reader wrote to memory that an opcode chose, and believed a storage's size. */
  private void storesIntoWhatIsNoDictionary() {
    String sentence = "stores by key in something that is no dictionary";
    PickleWriter tensor =
        PickleWriter.part().tensor("FloatStorage", "0", 2, 0, new long[] {2}, new long[] {1});
    refused("CVE-2026-24747 SETITEM on a tensor.pth", sentence,
        ZipWriter.checkpoint(payload().raw(tensor).number(1L << 40).real(1).raw("su").stop(), TWO));
    refused("CVE-2026-24747 SETITEMS on a tensor.pth", sentence,
        ZipWriter.checkpoint(payload().raw(tensor).raw("(").number(-1).real(1).raw("uu").stop(), TWO));
    refused("CVE-2026-24747 SETITEM on a storage.pth", sentence, ZipWriter.checkpoint(
        payload().storage("FloatStorage", "0", 2).number(1L << 40).real(1).raw("su").stop(), TWO));
    refused("CVE-2026-24747 SETITEM on text.pth", sentence,
        ZipWriter.checkpoint(payload().text("x").number(0).number(0).raw("su").stop(), TWO));
    refused("CVE-2026-24747 count of a storage.pth", "has 8 bytes",
        ZipWriter.checkpoint(new PickleWriter().raw("}").text("w")
            .tensor("FloatStorage", "0", 1 << 20, 0, new long[] {1 << 20}, new long[] {1}).raw("s").stop(),
            TWO));
  }

  /** A type whose single element is larger than any memory. */
  private void subarrays() {
    npy("plain", "('<f4', (1000000, 1000000))", "subarray type");
    npy("nested", "(('<f4', (100000,)), (100000,))", "subarray type");
    npy("in a field", "[('a', '<f4', (1000000, 1000000))]", "structured array");
    npy("in a field of a field", "[('a', [('b', '<f4', (1000000,))], (1000000,))]", "structured array");
    // (version, byte order, (base, shape), names, fields, size, alignment, flags) of a pickled numpy.dtype
    noted("NumPy subarray bomb in a pickle.pth",
        checkpoint(payload().global("numpy._core.multiarray", "_reconstruct").global("numpy", "ndarray")
            .tuple(0)
            .raw('C', 1, 'b', 0x87, 'R').raw("(").number(1).tuple(1)
            .global("numpy", "dtype").text("V4000000000000").raw(0x89, 0x88, 0x87, 'R').raw("(").number(3)
            .text("|").raw("(").global("numpy", "dtype").text("f4").raw(0x89, 0x88, 0x87, 'R')
            .tuple(1_000_000, 1_000_000).raw("tNN").number(4_000_000_000_000L).number(1).number(0).raw("tb")
            .raw(0x89).raw('C', 4, 1, 0, 0, 7).raw("tb")));
  }

  private void npy(String name, String type, String part) {
    byte[] text = ("{'descr': " + type + ", 'fortran_order': False, 'shape': (1,), }\n")
        .getBytes(StandardCharsets.ISO_8859_1);
    refused("NumPy subarray bomb " + name + ".npy", part,
        ByteBuffer.allocate(10 + text.length + 8).order(ByteOrder.LITTLE_ENDIAN).put(NpyHeader.MAGIC)
            .put((byte) 1).put((byte) 0).putShort((short) text.length).put(text).array());
  }
}
