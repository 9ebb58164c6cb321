package org.swinengine.train.estimate;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.backend.DryBackend;
import org.swinengine.backend.PixelBatch;
import org.swinengine.backend.Repetition;
import org.swinengine.models.Model;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;
import org.swinengine.nn.ForwardMode;
import org.swinengine.ops.CrossEntropyOp;
import org.swinengine.optim.AdamW;
import org.swinengine.optim.Gradients;
import org.swinengine.optim.WeightAverage;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * What training will take on the processor, counted before it starts: the model's own training step on a
 * {@link DryBackend}, whose buffers have sizes but no memory, and the virtual machine's share, which was
 * measured.
 *
 * @param modelBytes weights, gradients, AdamW's two moments, the weights' average and the teacher's weights
 * @param activationBytes what a batch's tape keeps for the backward pass
 * @param workBytes the rest that the pool will hold: gradients on their way, prepared weights, rounding
 * @param javaBytes the virtual machine: its code, the compiler's, young objects, threads' working memory,
 *     images
 */
public record MemoryEstimate(long modelBytes, long activationBytes, long workBytes, long javaBytes) {
  /**
   * Resident memory of a process that has compiled its kernels, without arrays: measured on JDK 17 and 25.
   */
  private static final long JAVA_BYTES = 200_000_000;

  /** What a whole run adds to it: data sets, decoders, their code, and young objects all the time. */
  private static final long LOADING_BYTES = 40_000_000;

  /**
   * What {@code bench} takes for the product that it measures beside the steps, where the pool has not as
   * much.
   */
  private static final long PRODUCT_BYTES = 25_000_000;

  /** Batches of images that are on the host: in a step alone, and in a run, training's and validation's. */
  private static final int BATCHES_OF_STEP = 2;
  private static final int BATCHES_OF_RUN = 7;

  /**
   * Counts a step.
   *
   * @param load what learns, and from whom
   * @param batch images of a pass
   * @param run whether it is a whole run: images are read and prepared ahead, and batches are also evaluated,
   *     for which all weights are prepared at a time
   * @param backend where it will run
   */
  public static MemoryEstimate of(Workload load, int batch, boolean run, Backend backend) {
    ModelSpec spec = load.spec();
    Model model = Models.create(spec);
    load.freeze().apply(model);
    ForwardMode mode =
        load.freeze().isBackbone()
            ? ForwardMode.EVALUATION
            : ForwardMode.training(0, 0, 0, load.checkpointing());
    try (DryBackend dry = new DryBackend(backend)) {
      ParameterArena arena = new ParameterArena(dry, model.parameters(), 0, parameter -> true);
      AdamW optimizer = new AdamW(arena, AdamW.Options.DEFAULT);
      if (load.averages()) {
        new WeightAverage(arena, WeightAverage.Options.of(0));
      }
      Model teacher = load.teacher() == null ? null : teacher(dry, load.teacher());
      long held = dry.heldBytes();
      long saved = 0;
      // In the second step the pool has what the first has left; steps that repeat take blocks of their own.
      for (int step = 0; step < 2; step++) {
        try (Repetition repeated = dry.repeating(load)) {
          saved = step(dry, model, batch, mode);
          if (teacher != null) {
            evaluate(dry, teacher, batch);
          }
          optimizer.step(0);
        }
      }
      if (run) {
        Shape logits = evaluate(dry, model, batch);
        if (backend.records()) {
          try (Scope scope = Scope.open()) { // a recorded pass leaves them in memory of their own
            Tensor.empty(dry, logits);
            evaluate(dry, model, batch);
          }
        }
      }
      long images = (long) batch * spec.channels() * spec.imageHeight() * spec.imageWidth() * Float.BYTES;
      long work = dry.heldBytes() - held - saved;
      long java =
          run
              ? JAVA_BYTES + LOADING_BYTES + BATCHES_OF_RUN * images
              : JAVA_BYTES + Math.max(0, PRODUCT_BYTES - work) + BATCHES_OF_STEP * images;
      return new MemoryEstimate(held, saved, work, java);
    }
  }

  /** As {@code inference.LoadedModel} holds it: without gradients. */
  private static Model teacher(Backend dry, ModelSpec spec) {
    Model teacher = Models.create(spec);
    teacher.parameters().forEach(parameter -> parameter.setTrainable(false));
    new ParameterArena(dry, teacher.parameters(), 0, parameter -> true);
    return teacher;
  }

  private static Shape evaluate(Backend dry, Model model, int batch) {
    ModelSpec spec = model.spec();
    try (Scope scope = Scope.open()) {
      Shape shape = Shape.of(batch, spec.channels(), spec.imageHeight(), spec.imageWidth());
      return model.forward(Variable.constant(Tensor.empty(dry, shape)), ForwardMode.EVALUATION).shape();
    }
  }

  private static long step(Backend dry, Model model, int batch, ForwardMode mode) {
    ModelSpec spec = model.spec();
    return Gradients.add(
        () -> {
          Tensor images =
              Tensor.empty(dry, Shape.of(batch, spec.channels(), spec.imageHeight(), spec.imageWidth()));
          if (dry.prefersPixels()) {
            PixelBatch pixels =
                new PixelBatch(
                    new byte[0], batch, spec.channels(), spec.imageHeight(), spec.imageWidth(), new float[0],
                    null);
            dry.memory().uploadPixels(pixels, images);
          }
          Tensor labels = Tensor.empty(dry, DType.INT32, spec.labelsShape(batch));
          return CrossEntropyOp.apply(model.forward(Variable.constant(images), mode), labels, 0);
        });
  }

  /** All of it: the expected peak of the process's resident set. */
  public long totalBytes() {
    return heapBytes() + javaBytes;
  }

  /**
   * What a GPU is to hold of it. An eighth more than is counted, for what a run does besides, and for a
   * driver's own rounding.
   */
  long deviceBytes() {
    return heapBytes() / 8 * 9;
  }

  private long heapBytes() {
    return modelBytes + activationBytes + workBytes;
  }

  /**
   * A sentence that says what to do, where Java's heap or the machine is too small; else null.
   *
   * @param checkpointing whether blocks are computed again already
   */
  public @Nullable String advice(boolean checkpointing) {
    long machine = Long.MAX_VALUE;
    if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
      machine = system.getTotalMemorySize();
    }
    return advice(checkpointing, Runtime.getRuntime().maxMemory(), machine);
  }

  @Nullable
  String advice(boolean checkpointing, long heap, long machine) {
    String less = checkpointing ? "a smaller batch" : "a smaller batch or `checkpointing`";
    if (totalBytes() > machine) {
      return "training takes about " + gigabytes(totalBytes()) + " GB, but this machine has "
          + gigabytes(machine) + " GB: choose " + less;
    }
    if (heapBytes() > heap) {
      return "training takes about " + gigabytes(heapBytes()) + " GB of Java's heap, which may grow to "
          + gigabytes(heap) + " GB: choose " + less + ", or give Java more (java -Xmx"
          + (heapBytes() * 11 / 10 / (1 << 30) + 1) + "g -jar …)";
    }
    return null;
  }

  /** Like {@code about 1.34 GB (parameters and optimizer 0.45, activations 0.49, work 0.23, Java 0.16)}. */
  @Override
  public String toString() {
    return "about " + gigabytes(totalBytes()) + " GB (parameters and optimizer " + gigabytes(modelBytes)
        + ", activations " + gigabytes(activationBytes) + ", work " + gigabytes(workBytes) + ", Java "
        + gigabytes(javaBytes) + ")";
  }

  private static String gigabytes(long bytes) {
    return String.format(Locale.ROOT, "%.2f", bytes / 1e9);
  }
}
