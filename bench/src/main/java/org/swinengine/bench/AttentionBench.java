package org.swinengine.bench;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.swinengine.backend.AttentionKernels.AttentionForm;
import org.swinengine.backend.AttentionKernels.FormGradients;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.WindowGeometry;
import org.swinengine.backend.WindowGeometry.PaddingOrder;
import org.swinengine.backend.cpu.CpuBackend;

/**
 * Attention of Swin-T's stages (shifted windows of 7×7) and of ViT-B/16. The two products take
 * {@code 4·batch·tokens·keys·channels} floating point operations forward, two and a half times that backward.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "-Xmx4g"})
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 1)
public class AttentionBench {
  /** {@code swin SIDE HEADS}: an image of SIDE × SIDE tokens; {@code vit TOKENS HEADS}. */
  @Param({"swin 56 3", "swin 28 6", "swin 14 12", "swin 7 24", "vit 197 12"})
  public String shape;

  @Param("8")
  public int batch;

  @Param("2")
  public int threads;

  private Backend backend;
  private boolean global;
  private int tokens;
  private WindowGeometry geometry;
  private AttentionForm form;
  private FormGradients gradients;
  private Buffer qkv;
  private Buffer out;
  private Buffer statistics;
  private Buffer dOut;
  private Buffer dQkv;

  /** Makes operands of normal numbers. */
  @Setup(Level.Trial)
  public void allocate() {
    backend = new CpuBackend(threads);
    String[] words = shape.split(" ");
    int side = Integer.parseInt(words[1]);
    int heads = Integer.parseInt(words[2]);
    global = words[0].equals("vit");
    tokens = global ? side : side * side;
    int headDim = global ? 64 : 32;
    int shift = side > 7 ? 3 : 0;
    geometry = new WindowGeometry(batch, side, side, 7, 7, shift, shift, PaddingOrder.SHIFT_THEN_PAD);
    int tableSize = geometry.biasTableRows() * heads;
    Buffer table = normal(tableSize);
    form =
        global
            ? AttentionForm.plain(heads, headDim)
            : AttentionForm.table(heads, headDim, 1 / Math.sqrt(headDim), table, null);
    gradients = new FormGradients(normal(tableSize), null, null, null);
    int size = batch * tokens * heads * headDim;
    qkv = normal(3 * size);
    out = normal(size);
    statistics = normal(2 * batch * tokens * heads);
    dOut = normal(size);
    dQkv = normal(3 * size);
    forward(); // backward reads what it writes
  }

  private Buffer normal(int n) {
    Random random = new Random(n);
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = (float) random.nextGaussian();
    }
    Buffer buffer = backend.memory().allocate(DType.FLOAT32, n);
    backend.memory().upload(x, 0, buffer, n);
    return buffer;
  }

  /** Ends the backend's threads. */
  @TearDown(Level.Trial)
  public void close() {
    backend.close();
  }

  /** Forward pass, statistics kept. */
  @Benchmark
  public void forward() {
    if (global) {
      backend.attention().globalForward(batch, tokens, form, qkv, out, statistics);
    } else {
      backend.attention().windowForward(geometry, form, qkv, out, statistics);
    }
    backend.synchronize();
  }

  /** Backward pass, with the bias table's gradient. */
  @Benchmark
  public void backward() {
    if (global) {
      backend.attention().globalBackward(batch, tokens, form, qkv, out, statistics, dOut, dQkv);
    } else {
      backend.attention().windowBackward(geometry, form, qkv, statistics, dOut, dQkv, gradients);
    }
    backend.synchronize();
  }
}
