package org.swinengine.cli;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Epilogue;
import org.swinengine.backend.PreparedWeight;
import org.swinengine.backend.Prologue;
import org.swinengine.models.Model;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;
import org.swinengine.nn.ForwardMode;
import org.swinengine.ops.CrossEntropyOp;
import org.swinengine.optim.AdamW;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/** Times whole passes of a model with random weights and input, and plain matrix products beside them. */
final class Bench {
  /** The product that {@code sgemm_gflops} is measured at: 1024³ multiply-adds. */
  private static final int PRODUCT_SIZE = 1024;

  private static final int WARM_UP_SHARE = 16;
  private static final double LEARNING_RATE = 1e-4;
  private static final int LEAST_PASSES = 3;

  private final Backend backend;
  private final long seed;

  /**
   * How passes went.
   *
   * @param seconds the median of a pass
   * @param allocatedMegabytes Java objects that a pass made, on all threads: the least of all passes, for it counts
   *     what remains once everything is compiled. Kernels whose vectors the compiler left on the heap show here
   */
  record Passes(double seconds, double allocatedMegabytes) {}

  private record Pass(double seconds, long allocatedBytes) {}

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
    if (!training) {
      // No gradient memory.
      model.parameters().forEach(parameter -> parameter.setTrainable(false));
    }
    ParameterArena arena = new ParameterArena(backend, model.parameters(), seed);
    try (Scope scope = Scope.open()) {
      Shape shape = Shape.of(batch, spec.channels(), spec.imageHeight(), spec.imageWidth());
      Tensor images = random(shape, seed);
      if (!training) {
        return warmPasses(() -> infer(model, images), seconds);
      }
      Shape labelled = spec.labelsShape(batch);
      int[] classes = new Random(seed).ints(labelled.elements(), 0, spec.classes()).toArray();
      Tensor labels = Tensor.ofInts(backend, labelled, classes);
      AdamW optimizer = new AdamW(arena, AdamW.Options.DEFAULT);
      return warmPasses(() -> train(model, images, labels, optimizer, checkpointing), seconds);
    }
  }

  private static void infer(Model model, Tensor images) {
    try (Scope scope = Scope.open();
        Tape.Pause pause = Tape.pause()) {
      model.forward(Variable.constant(images), ForwardMode.EVALUATION).value().toFloats();
    }
  }

  private void train(
      Model model, Tensor images, Tensor labels, AdamW optimizer, boolean checkpointing) {
    int step = Math.toIntExact(optimizer.steps());
    try (Scope scope = Scope.open();
        Tape tape = Tape.open()) {
      ForwardMode mode = ForwardMode.training(seed, step, 0, checkpointing);
      Variable logits = model.forward(Variable.constant(images), mode);
      tape.backward(CrossEntropyOp.apply(logits, labels, 0));
    }
    optimizer.step(LEARNING_RATE);
  }

  /**
   * The backend's rate at a 1024³ product with a prepared weight, on all its threads.
   *
   * @param seconds of warm-up and measurement together
   * @return GFLOP/s, a multiply-add counted as two
   */
  double productGflops(double seconds) {
    int n = PRODUCT_SIZE;
    try (Scope scope = Scope.open()) {
      Tensor x = random(Shape.of(n, n), seed);
      Tensor y = Tensor.empty(backend, Shape.of(n, n));
      Tensor master = Tensor.emptyMaster(backend, Shape.of(n, n));
      backend.memory().copy(random(Shape.of(n, n), seed + 1), master, master.elements());
      PreparedWeight weight = backend.matrix().prepare(master, n, n);
      // Cold code takes many seconds for a whole product, so a few rows warm it up.
      repeat(() -> product(n / WARM_UP_SHARE, x, weight, y), seconds / 3);
      double median = summary(repeat(() -> product(n, x, weight, y), seconds * 2 / 3)).seconds();
      return 2.0 * n * n * n / median / 1e9;
    }
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
    return new Passes(median, allocated / 1e6);
  }

  private List<Pass> repeat(Runnable pass, double seconds) {
    List<Pass> passes = new ArrayList<>();
    long start = System.nanoTime();
    while (passes.size() < LEAST_PASSES || System.nanoTime() - start < seconds * 1e9) {
      long allocated = allocatedBytes();
      long before = System.nanoTime();
      pass.run();
      backend.synchronize();
      double time = (System.nanoTime() - before) / 1e9;
      passes.add(new Pass(time, allocatedBytes() - allocated));
    }
    return passes;
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
