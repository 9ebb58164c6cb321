package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.AttentionKernels.AttentionForm;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.backend.MatrixKernels.Gemm;
import org.swinengine.backend.cuda.ptx.PtxCounts;
import org.swinengine.backend.cuda.ptx.PtxLaunch;
import org.swinengine.backend.cuda.ptx.PtxMachine;
import org.swinengine.backend.cuda.ptx.PtxProgram;
import org.swinengine.backend.cuda.ptx.PtxReader;
import org.swinengine.models.Model;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.Models;
import org.swinengine.nn.ForwardMode;
import org.swinengine.ops.CrossEntropyOp;
import org.swinengine.optim.Gradients;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/** The machine that runs PTX: its counts by hand, its results against those of the emulated sources. */
@Tag("cuda")
final class PtxMachineTest {
  private static final String HEAD = ".version 7.0\n.target sm_80\n.address_size 64\n";

  private static PtxCounts run(String body, int sharedBytes) {
    String head = HEAD + ".visible .entry probe(\n.param .u64 probe_param_0\n)\n{\n";
    PtxProgram program = PtxReader.read(head + body + "\n}\n");
    PtxLaunch launch = new PtxLaunch(new int[] {1, 1, 1}, 32, sharedBytes, new long[] {4096});
    return PtxMachine.counting(null).run(program, launch);
  }

  private static PtxCounts shared(String shift, String access) {
    return run("mov.u32 %r1, %tid.x;\nshl.b32 %r2, %r1, " + shift + ";\n" + access + "\nret;", 65536);
  }

  @Test
  void wavefrontsAreTheMostWordsOfABank() {
    assertEquals(1, shared("2", "ld.shared.f32 %f1, [%r2];").wavefronts());
    assertEquals(2, shared("3", "ld.shared.f32 %f1, [%r2];").wavefronts());
    assertEquals(32, shared("7", "st.shared.f32 [%r2], %f1;").wavefronts());
    assertEquals(1, shared("7", "st.shared.f32 [%r2], %f1;").leastWavefronts());
    assertEquals(4, shared("4", "ld.shared.v4.f32 {%f1, %f2, %f3, %f4}, [%r2];").wavefronts());
    assertEquals(2, shared("3", "st.shared.v2.f32 [%r2], {%f1, %f2};").wavefronts());
    assertEquals(1, shared("1", "st.shared.u16 [%r2], %rs1;").wavefronts());
  }

  private static PtxCounts global(int stride, String access) {
    return run("ld.param.u64 %rd1, [probe_param_0];\ncvta.to.global.u64 %rd1, %rd1;\nmov.u32 %r1, %tid.x;\n"
        + "mul.wide.s32 %rd2, %r1, " + stride + ";\nadd.s64 %rd3, %rd1, %rd2;\n" + access + "\n" + access
        + "\nret;", 0);
  }

  @Test
  void sectorsAreThoseOfAWarpsAddresses() {
    PtxCounts close = global(4, "ld.global.f32 %f1, [%rd3];");
    assertEquals(8, close.readSectors());
    assertEquals(128, close.distinctReadBytes());
    assertEquals(1.0, close.usedOfSectors());
    PtxCounts apart = global(64, "st.global.u16 [%rd3], %rs1;");
    assertEquals(64, apart.writtenSectors());
    assertEquals(1024, apart.distinctWrittenBytes());
    assertEquals(2.0 / 32, apart.usedOfSectors());
  }

  /** Lanes part at a branch in a loop, and meet again behind it. */
  @Test
  void lanesThatPartMeetAgain() {
    PtxCounts counts = run("""
        mov.u32 %r1, %tid.x;
        $L__BB0_1:
        setp.lt.s32 %p1, %r1, 16;
        @%p1 bra $L__BB0_3;
        bra.uni $L__BB0_2;
        $L__BB0_3:
        add.s32 %r1, %r1, 8;
        bra.uni $L__BB0_4;
        $L__BB0_2:
        add.s32 %r1, %r1, 16;
        $L__BB0_4:
        setp.lt.s32 %p2, %r1, 24;
        @%p2 bra $L__BB0_1;
        mul.wide.s32 %rd1, %r1, 4;
        ret;
        """, 0);
    assertEquals(1, counts.instructions("WIDE_PRODUCT_S32"));
  }

  private static ModelSpec model(String type) {
    return ModelConfigFile.parse(
        "DATA: {IMG_SIZE: 32}\nMODEL: {NUM_CLASSES: 5, TYPE: " + type + "}\n", "a model of this test");
  }

  private static final ModelSpec SMALL = small(0);

  private static ModelSpec small(double dropout) {
    return model(
        "swin, DROP_RATE: " + dropout + ", NAME: small, SWIN: {PATCH_SIZE: 4, EMBED_DIM: 32, DEPTHS: [2, 1],"
            + " NUM_HEADS: [1, 2], WINDOW_SIZE: 4}");
  }

  /** With padding, cosine attention, attention among all tokens, windows of more than a tile, expanding. */
  static List<ModelSpec> others() {
    return List.of(
        model("swin, NAME: padded, SWIN: {PATCH_SIZE: 4, EMBED_DIM: 16, DEPTHS: [2], NUM_HEADS: [2],"
            + " WINDOW_SIZE: 5, WINDOW_POLICY: torchvision}"),
        model("swinv2, NAME: swinv2, SWINV2: {PATCH_SIZE: 4, EMBED_DIM: 16, DEPTHS: [1, 1],"
            + " NUM_HEADS: [1, 2], WINDOW_SIZE: 4}"),
        model("swinv2, NAME: large_windows, SWINV2: {PATCH_SIZE: 2, EMBED_DIM: 8, DEPTHS: [1],"
            + " NUM_HEADS: [1], WINDOW_SIZE: 16}"),
        model("vit, NAME: vit, VIT: {PATCH_SIZE: 4, EMBED_DIM: 16, DEPTH: 1, NUM_HEADS: 1}"),
        model("swin_unet, NAME: unet, SWIN: {PATCH_SIZE: 4, EMBED_DIM: 8, DEPTHS: [1, 1],"
            + " DECODER_DEPTHS: [1, 1], NUM_HEADS: [1, 1], WINDOW_SIZE: 4}"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("others")
  void soDoesThatOfOtherModels(ModelSpec spec) {
    assertPtxComputesWhatSourcesDo(spec, DType.FLOAT32);
  }

  /** A step of a small Swin, by the sources that g++ compiles and by what nvcc made of them. */
  @ParameterizedTest
  @CsvSource({"FLOAT32, 0", "BF16, 0", "FLOAT32, 0.3", "BF16, 0.3"})
  void thePtxComputesWhatTheSourcesDo(DType type, double dropout) {
    assertPtxComputesWhatSourcesDo(small(dropout), type);
  }

  /** With products in TF32, which add in one order in both. */
  @Test
  void soDoesThatOfAStepInTf32WithDropout() {
    try (Backend backend = CudaBackendsForTests.openTensorFloat()) {
      assertPtxComputesWhatSourcesDo(small(0.3), backend);
    }
  }

  private static void assertPtxComputesWhatSourcesDo(ModelSpec spec, DType type) {
    CudaBackendsForTests.assumeAvailable();
    try (Backend backend = CudaBackendsForTests.open(type)) {
      assertPtxComputesWhatSourcesDo(spec, backend);
    }
  }

  private static void assertPtxComputesWhatSourcesDo(ModelSpec spec, Backend backend) {
    assumeTrue(CudaBackendsForTests.isEmulated(), "a GPU keeps no record");
    try (Scope scope = Scope.open()) {
      Model model = Models.create(spec);
      ParameterArena arena = new ParameterArena(backend, model.parameters(), 11);
      float[] pixels = new float[2 * 3 * 32 * 32];
      for (int i = 0; i < pixels.length; i++) {
        pixels[i] = (i * 37 % 101 - 50) / 25f;
      }
      Tensor images = Tensor.of(backend, Shape.of(2, 3, 32, 32), pixels);
      ForwardMode mode = ForwardMode.training(1, 0, 0, false);
      Runnable step = () -> Gradients.add(() -> {
        Variable logits = model.forward(Variable.constant(images), mode);
        boolean dense = logits.shape().rank() == 4;
        Shape shape = dense ? Shape.of(2, 32, 32) : Shape.of(2);
        int[] labels = IntStream.range(0, (int) shape.elements()).map(i -> (1 + 3 * i) % 5).toArray();
        return CrossEntropyOp.apply(logits, Tensor.ofInts(backend, shape, labels), 0);
      });
      step.run(); // allocates what there is to allocate
      arena.clearGradients();
      List<RecordedCalls.Call> calls = RecordedCalls.of(step);
      float[] expected = arena.gradients().toFloats();
      arena.clearGradients();
      RecordedCalls.replay(calls);
      float[] actual = arena.gradients().toFloats();
      double difference = 0;
      double largest = 0;
      for (int i = 0; i < expected.length; i++) {
        difference = Math.max(difference, Math.abs((double) expected[i] - actual[i]));
        largest = Math.max(largest, Math.abs(expected[i]));
      }
      assertTrue(largest > 1e-3 && Double.isFinite(largest), "largest gradient " + largest);
      // What one hash for both devices rests on where there is no GPU: the kernels' text has the bits too.
      double most = backend.computeType() == DType.FLOAT32 ? 0 : 1e-2;
      assertTrue(difference <= most * largest, "gradients differ by " + difference + " of " + largest);
    }
  }

  /** What one hash for both devices rests on where there is no GPU: the kernels' text has the bits too. */
  @Test
  void thePtxOfAPassInFloat32HasTheBitsOfTheSources() {
    CudaBackendsForTests.assumeAvailable();
    assumeTrue(CudaBackendsForTests.isEmulated(), "a GPU keeps no record");
    try (Backend backend = CudaBackendsForTests.open(DType.FLOAT32);
        Scope scope = Scope.open()) {
      Model model = Models.create(SMALL);
      new ParameterArena(backend, model.parameters(), 11);
      float[] pixels = new float[2 * 3 * 32 * 32];
      for (int i = 0; i < pixels.length; i++) {
        pixels[i] = (i * 37 % 101 - 50) / 25f;
      }
      Tensor images = Tensor.of(backend, Shape.of(2, 3, 32, 32), pixels);
      Tensor logits = Tensor.empty(backend, Shape.of(2, 5));
      Runnable pass = () -> {
        try (Tape.Pause pause = Tape.pause()) {
          Tensor found = model.forward(Variable.constant(images), ForwardMode.EVALUATION).value();
          backend.loss().softmax(2, 5, found, logits);
        }
      };
      pass.run(); // allocates what there is to allocate
      List<RecordedCalls.Call> calls = RecordedCalls.of(pass);
      float[] expected = logits.toFloats();
      backend.memory().fill(logits, 10, 0);
      backend.synchronize();
      RecordedCalls.replay(calls);
      assertTrue(expected[0] > 0 && expected[0] != expected[1], "probabilities");
      assertArrayEquals(expected, logits.toFloats());
    }
  }

  /** Each layout, in tiles that are not full, with copies of chunks and of single elements. */
  @Test
  void thePtxOfProductsInTf32HasTheBitsOfTheSources() {
    CudaBackendsForTests.assumeAvailable();
    assumeTrue(CudaBackendsForTests.isEmulated(), "a GPU keeps no record");
    try (Backend backend = CudaBackendsForTests.openTensorFloat();
        Scope scope = Scope.open()) {
      for (int k : new int[] {36, 35}) {
        for (int layout = 0; layout < 4; layout++) {
          boolean transposeA = layout % 2 == 1;
          boolean transposeB = layout >= 2;
          int m = 40;
          int n = 72;
          Tensor a = Tensor.of(backend, Shape.of(m, k), pattern(m * k, 37));
          Tensor b = Tensor.of(backend, Shape.of(n, k), pattern(n * k, 29));
          Tensor c = Tensor.empty(backend, Shape.of(m, n));
          Gemm sizes = new Gemm(
              transposeA, transposeB, m, n, k, 0.5, 0, transposeA ? m : k, transposeB ? k : n, n, 1, 0, 0, 0);
          List<RecordedCalls.Call> calls = RecordedCalls.of(() -> backend.matrix().gemm(sizes, a, b, c));
          float[] expected = c.toFloats();
          backend.memory().fill(c, (long) m * n, 0);
          backend.synchronize();
          RecordedCalls.replay(calls);
          assertTrue(expected[0] != 0 && expected[0] != expected[1], "products");
          assertArrayEquals(expected, c.toFloats(), sizes.toString());
        }
      }
    }
  }

  private static float[] pattern(int n, int factor) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (i * factor % 101 - 50) / 23f;
    }
    return values;
  }

  /** A GPU's NaN has all bits set: where the exponent is added to bits, it must not become a number. */
  @Test
  void aLogitThatIsNoNumberStaysNone() {
    CudaBackendsForTests.assumeAvailable();
    assumeTrue(CudaBackendsForTests.isEmulated(), "a GPU keeps no record");
    int tokens = 9;
    int channels = 32;
    float[] qkv = new float[tokens * 3 * channels];
    for (int i = 0; i < qkv.length; i++) {
      qkv[i] = 0.1f + i % 7 * 0.05f;
    }
    qkv[2 * 3 * channels + 5] = Float.POSITIVE_INFINITY; // a channel of the third query
    try (Backend backend = CudaBackendsForTests.open(DType.FLOAT32);
        Scope scope = Scope.open()) {
      Tensor operand = Tensor.of(backend, Shape.of(tokens, 3 * channels), qkv);
      Tensor out = Tensor.empty(backend, Shape.of(tokens, channels));
      AttentionForm form = AttentionForm.plain(1, channels);
      List<RecordedCalls.Call> calls =
          RecordedCalls.of(() -> backend.attention().globalForward(1, tokens, form, operand, out, null));
      RecordedCalls.replay(calls);
      float[] found = out.toFloats();
      for (int i = 0; i < found.length; i++) {
        assertEquals(i / channels == 2, Float.isNaN(found[i]), "element " + i + " is " + found[i]);
      }
    }
  }

  private static final Pattern FLOAT32 = Pattern.compile(
      "layerNorm(Expand)?(Backward|Parameters)?_f32|product_\\w+_t?f32|(window|global)[A-Z]\\w+_f32"
          + "|softmax_f32|meanTokens_f32|sumRows_f32"
          + "|(gelu|sigmoid|silu|expAtMost)(Backward)?_f32"
          + "|(\\w+Entropy)(Backward)?_f32|(adamW|sgd)(Average)?|lambDirection|trustStep|movingAverage");

  /**
   * {@code mul.f32} and {@code add.f32} without a rounding are the assembler's to fuse, which would change
   * bits; of each pair one with a rounding suffices.
   */
  @Test
  void nothingOfFloat32KernelsIsTheAssemblersToFuse() throws IOException {
    int kernels = 0;
    List<String> fusible = new ArrayList<>();
    for (String family : List.of("attention", "loss", "matrix", "matrixDropout", "norm", "optimizer",
        "pointwise", "reduce", "tf32", "tf32Dropout")) {
      String kernel = "";
      for (String line : CheckedInKernels.ptx(family).lines().map(String::strip).toList()) {
        if (line.startsWith(".visible .entry ")) {
          kernel = line.substring(".visible .entry ".length(), line.indexOf('('));
          kernels += FLOAT32.matcher(kernel).matches() ? 1 : 0;
        } else if (line.startsWith("mul.f32") && FLOAT32.matcher(kernel).matches()) {
          fusible.add(kernel + ": " + line);
        }
      }
    }
    assertTrue(kernels >= 62, kernels + " kernels");
    assertEquals(List.of(), fusible);
  }
}
