package org.swinengine.cli;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Epilogue;
import org.swinengine.backend.PreparedWeight;
import org.swinengine.backend.Prologue;
import org.swinengine.backend.Repetition;
import org.swinengine.backend.profile.KernelTime;
import org.swinengine.backend.profile.ProfilingBackend;
import org.swinengine.inference.GraphedForward;
import org.swinengine.models.Model;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;
import org.swinengine.nn.ForwardMode;
import org.swinengine.ops.CrossEntropyOp;
import org.swinengine.optim.AdamW;
import org.swinengine.optim.Gradients;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/** Times whole passes of a model with random weights and input, and plain matrix products beside them. */
final class Bench {
  /** The product that {@code sgemm_gflops} is measured at: 1024³ multiply-adds. */
  private static final int PRODUCT_SIZE = 1024;

  private static final int WARM_UP_SHARE = 16;

  /** Bytes of a copy that no processor's cache holds, nor, times two, a GPU's. */
  private static final int COPIED = 1 << 26;

  /**
   * Calls of a kernel between two looks at the clock take about so long, in seconds, or are {@link
   * #MOST_CALLS}: a launch and the wait for it are ten microseconds on a GPU, as long as the kernel itself.
   */
  private static final double WORTH_A_LOOK = 2e-3;

  private static final int MOST_CALLS = 64;

  private static final double LEARNING_RATE = 1e-4;
  private static final int LEAST_PASSES = 3;

  private final Backend backend;
  private final long seed;

  /**
   * How passes went.
   *
   * @param seconds the median of a pass
   * @param allocatedMegabytes Java objects that a pass made, on all threads: the least of all passes, for it
   *     counts what remains once everything is compiled. Kernels whose vectors the compiler left on the heap
   *     show here
   * @param kernels what was called in a pass, the mean of the faster half of all passes, for other processes
   *     can only slow one down; empty where the backend does not profile
   * @param profiledSeconds the time of those passes, the mean
   * @param profiledPasses their number
   */
  record Passes(
      double seconds,
      double allocatedMegabytes,
      List<KernelTime> kernels,
      double profiledSeconds,
      int profiledPasses) {}

  private record Pass(double seconds, long allocatedBytes, List<KernelTime> kernels) {}

  /**
   * @param backend computes; where it is a {@link ProfilingBackend}, what {@link #passes} finds says where
   *     the time went
   */
  Bench(Backend backend, long seed) {
    this.backend = backend;
    this.seed = seed;
  }

  /**
   * Times passes over one batch, after a warm-up of a third of the time and at least three passes.
   *
   * @param training whether a pass is a training step (forward, backward, AdamW) or inference
   * @param checkpointing whether a training step computes blocks again in its backward pass
   * @param seconds of warm-up and measurement together
   */
  Passes passes(ModelSpec spec, int batch, boolean training, boolean checkpointing, double seconds) {
    Model model = Models.create(spec);
    model.requireComputableOn(backend);
    if (!training) {
      // No gradient memory.
      model.parameters().forEach(parameter -> parameter.setTrainable(false));
    }
    ParameterArena arena = new ParameterArena(backend, model.parameters(), seed);
    try (Scope scope = Scope.open()) {
      Shape shape = Shape.of(batch, spec.channels(), spec.imageHeight(), spec.imageWidth());
      Tensor images = random(shape, seed);
      if (!training) {
        try (GraphedForward forward = new GraphedForward(model, backend)) {
          return warmPasses(() -> forward.apply(images, logits -> logits.value().toFloats()), seconds);
        }
      }
      Shape labelled = spec.labelsShape(batch);
      int[] classes = new Random(seed).ints(labelled.elements(), 0, spec.classes()).toArray();
      Tensor labels = Tensor.ofInts(backend, labelled, classes);
      AdamW optimizer = new AdamW(arena, AdamW.Options.DEFAULT);
      Object likeness = new Object(); // not the model: the backend remembers it
      return warmPasses(
          () -> train(model, images, labels, optimizer, checkpointing, likeness), seconds);
    }
  }

  private void train(
      Model model, Tensor images, Tensor labels, AdamW optimizer, boolean checkpointing, Object likeness) {
    int number = Math.toIntExact(optimizer.steps());
    ForwardMode mode = ForwardMode.training(seed, number, 0, checkpointing);
    try (Repetition step = backend.repeating(likeness)) {
      Gradients.add(() -> CrossEntropyOp.apply(model.forward(Variable.constant(images), mode), labels, 0));
      optimizer.step(LEARNING_RATE);
    }
  }

  /**
   * The backend's rate at a 1024³ product with a prepared weight, on all its threads.
   *
   * @param seconds of warm-up and measurement together
   * @return GFLOP/s, a multiply-add counted as two
   */
  double productGflops(double seconds) {
    return productGflops(PRODUCT_SIZE, PRODUCT_SIZE, PRODUCT_SIZE, seconds);
  }

  /**
   * The backend's rate at {@code [rows, in]} times a prepared weight {@code [out, in]}, on all its threads.
   *
   * @param seconds of warm-up and measurement together
   * @return GFLOP/s, a multiply-add counted as two
   */
  double productGflops(int rows, int in, int out, double seconds) {
    try (Scope scope = Scope.open()) {
      Tensor x = random(Shape.of(rows, in), seed);
      Tensor y = Tensor.empty(backend, Shape.of(rows, out));
      Tensor master = Tensor.emptyMaster(backend, Shape.of(out, in));
      backend.memory().copy(random(Shape.of(out, in), seed + 1), master, master.elements());
      PreparedWeight weight = backend.matrix().prepare(master, out, in);
      // Cold code takes many seconds for a whole product, so a few rows warm it up.
      List<Pass> few =
          repeat(() -> product(Math.max(1, rows / WARM_UP_SHARE), x, weight, y), seconds / 3);
      int calls = calls(few, WARM_UP_SHARE);
      Runnable many = times(calls, () -> product(rows, x, weight, y));
      double median = summary(repeat(many, seconds * 2 / 3)).seconds() / calls;
      return 2.0 * rows * in * out / median / 1e9;
    }
  }

  /**
   * The rate of a copy within the device's memory, the best of several.
   *
   * @param seconds of warm-up and measurement together
   * @return GB/s, read and written bytes together
   */
  double copyGigabytesPerSecond(double seconds) {
    try (Scope scope = Scope.open()) {
      int n = COPIED / backend.computeType().bytes();
      Tensor from = Tensor.empty(backend, Shape.of(n));
      Tensor to = Tensor.empty(backend, Shape.of(n));
      backend.memory().fill(from, n, 1);
      Runnable copy = () -> backend.memory().copy(from, to, n);
      int calls = calls(repeat(copy, seconds / 3), 1);
      List<Pass> copies = repeat(times(calls, copy), seconds * 2 / 3);
      double best = copies.stream().mapToDouble(Pass::seconds).min().orElseThrow() / calls;
      return 2.0 * COPIED / best / 1e9;
    }
  }

  /** Calls that are to be timed at once, of what takes at most so many times as long as these passes. */
  private static int calls(List<Pass> passes, int longer) {
    double once = longer * passes.stream().mapToDouble(Pass::seconds).min().orElseThrow();
    return (int) Math.max(1, Math.min(MOST_CALLS, WORTH_A_LOOK / once));
  }

  private static Runnable times(int calls, Runnable one) {
    return () -> {
      for (int i = 0; i < calls; i++) {
        one.run();
      }
    };
  }

  private void product(int rows, Tensor x, PreparedWeight weight, Tensor y) {
    backend.matrix().linear(rows, x, weight, Prologue.NONE, Epilogue.NONE, y);
  }

  private Tensor random(Shape shape, long from) {
    Random random = new Random(from);
    float[] values = new float[Math.toIntExact(shape.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = 2 * random.nextFloat() - 1;
    }
    return Tensor.of(backend, shape, values);
  }

  private Passes warmPasses(Runnable pass, double seconds) {
    repeat(pass, seconds / 3);
    return summary(repeat(pass, seconds * 2 / 3));
  }

  private static Passes summary(List<Pass> passes) {
    double[] times = passes.stream().mapToDouble(Pass::seconds).sorted().toArray();
    int middle = times.length / 2;
    double median = times.length % 2 == 1 ? times[middle] : (times[middle - 1] + times[middle]) / 2;
    long allocated = passes.stream().mapToLong(Pass::allocatedBytes).min().orElseThrow();
    List<Pass> faster = passes.stream().sorted(Comparator.comparingDouble(Pass::seconds)).toList();
    faster = faster.subList(0, (faster.size() + 1) / 2);
    double mean = faster.stream().mapToDouble(Pass::seconds).average().orElseThrow();
    return new Passes(median, allocated / 1e6, mean(faster), mean, faster.size());
  }

  private static List<KernelTime> mean(List<Pass> passes) {
    Map<String, KernelTime> sums = new LinkedHashMap<>();
    for (Pass pass : passes) {
      pass.kernels().forEach(kernel -> sums.merge(kernel.kind(), kernel, KernelTime::plus));
    }
    return sums.values().stream().map(kernel -> kernel.dividedBy(passes.size())).toList();
  }

  private List<Pass> repeat(Runnable pass, double seconds) {
    List<Pass> passes = new ArrayList<>();
    calledKernels();
    profilingSeconds();
    long start = System.nanoTime();
    while (passes.size() < LEAST_PASSES || System.nanoTime() - start < seconds * 1e9) {
      long allocated = allocatedBytes();
      long before = System.nanoTime();
      pass.run();
      backend.synchronize();
      double time = (System.nanoTime() - before) / 1e9 - profilingSeconds();
      passes.add(new Pass(time, allocatedBytes() - allocated, calledKernels()));
    }
    return passes;
  }

  /** What profiling itself took since this was last asked; 0 where there is none. */
  private double profilingSeconds() {
    return backend instanceof ProfilingBackend profiling ? profiling.takeOwnSeconds() : 0;
  }

  /** The calls since this was last asked. */
  private List<KernelTime> calledKernels() {
    return backend instanceof ProfilingBackend profiling ? profiling.take() : List.of();
  }

  /** What all living threads have allocated so far; 0 where the virtual machine does not count. */
  private static long allocatedBytes() {
    long sum = 0;
    if (ManagementFactory.getThreadMXBean() instanceof com.sun.management.ThreadMXBean threads) {
      for (long bytes : threads.getThreadAllocatedBytes(threads.getAllThreadIds())) {
        sum += Math.max(0, bytes);
      }
    }
    return sum;
  }
}
