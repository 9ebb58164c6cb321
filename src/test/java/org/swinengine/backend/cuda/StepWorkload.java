package org.swinengine.backend.cuda;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Function;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.backend.Later;
import org.swinengine.backend.Repetition;
import org.swinengine.inference.GraphedForward;
import org.swinengine.models.Model;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;
import org.swinengine.nn.ForwardMode;
import org.swinengine.ops.CrossEntropyOp;
import org.swinengine.optim.AdamW;
import org.swinengine.optim.Optimizer;
import org.swinengine.fit.Step;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/** What the engine asks of a GPU for an inference and for a training step of a model in bf16. */
final class StepWorkload {
  /** Of the sketched device: batches of 256 in training keep some ten gigabytes, of which none is touched. */
  private static final long MEMORY = 1L << 40;

  private static final double CLIPPING = 5;
  private static final double LEARNING_RATE = 1e-4;

  private StepWorkload() {}

  /**
   * Sketches a pass over one batch, without what the first one prepares, and hands over its calls while their
   * memory is still there.
   *
   * @param training whether it is a step as the trainer takes it, with the norm of the gradients clipped, at
   *     whose end the numbers of the step before are asked for, or the logits of images, brought to the host
   */
  static void run(ModelSpec spec, int batch, boolean training, Consumer<List<RecordedCalls.Call>> reader) {
    run(backend -> pass(backend, spec, batch, training, false), reader);
  }

  /** The same of a training step with another optimizer. */
  static void run(
      ModelSpec spec, int batch, Function<ParameterArena, Optimizer> optimizer,
      Consumer<List<RecordedCalls.Call>> reader) {
    run(backend -> step(backend, spec, batch, optimizer, false), reader);
  }

  private static void run(
      Function<Backend, Runnable> passes, Consumer<List<RecordedCalls.Call>> reader) {
    CudaBackendsForTests.assumeAvailable();
    EmulatorControls.limitMemory(MEMORY);
    RecordedCalls.sketch();
    try (Backend backend = CudaBackendsForTests.open(DType.BF16);
        Scope scope = Scope.open()) {
      Runnable pass = passes.apply(backend);
      pass.run();
      RecordedCalls.sketch();
      pass.run();
      reader.accept(RecordedCalls.taken());
    } finally {
      EmulatorControls.reset();
    }
  }

  /** The calls of an inference that is replayed as a graph, from images on the host to logits there. */
  static List<RecordedCalls.Call> replayed(ModelSpec spec, int batch) {
    CudaBackendsForTests.assumeAvailable();
    EmulatorControls.limitMemory(MEMORY);
    RecordedCalls.sketch();
    try (Backend backend = CudaBackendsForTests.open(DType.BF16)) {
      Model model = Models.create(spec);
      model.parameters().forEach(parameter -> parameter.setTrainable(false));
      new ParameterArena(backend, model.parameters(), 1);
      Shape shape = Shape.of(batch, spec.channels(), spec.imageHeight(), spec.imageWidth());
      float[] images = new float[Math.toIntExact(shape.elements())];
      try (GraphedForward forward = new GraphedForward(model, backend)) {
        for (int pass = 0; pass < 3; pass++) {
          RecordedCalls.sketch();
          forward.apply(images, shape, logits -> logits.value().toFloats());
        }
        return RecordedCalls.taken();
      }
    } finally {
      EmulatorControls.reset();
    }
  }

  /** The calls of a training step that is replayed as a graph, labels and images being there. */
  static List<RecordedCalls.Call> replayedStep(ModelSpec spec, int batch) {
    CudaBackendsForTests.assumeAvailable();
    EmulatorControls.limitMemory(MEMORY);
    RecordedCalls.sketch();
    try (Backend backend = CudaBackendsForTests.open(DType.BF16);
        Scope scope = Scope.open()) {
      Runnable pass = pass(backend, spec, batch, true, true);
      for (int step = 0; step < 6; step++) {
        RecordedCalls.sketch();
        pass.run();
      }
      return RecordedCalls.taken();
    } finally {
      EmulatorControls.reset();
    }
  }

  /** @param repeats whether steps may become graphs */
  private static Runnable pass(
      Backend backend, ModelSpec spec, int batch, boolean training, boolean repeats) {
    if (training) {
      return step(backend, spec, batch, arena -> new AdamW(arena, AdamW.Options.DEFAULT), repeats);
    }
    Model model = Models.create(spec);
    model.parameters().forEach(parameter -> parameter.setTrainable(false));
    new ParameterArena(backend, model.parameters(), 1);
    Tensor images =
        Tensor.empty(backend, Shape.of(batch, spec.channels(), spec.imageHeight(), spec.imageWidth()));
    return () -> {
      try (Scope scope = Scope.open();
          Tape.Pause pause = Tape.pause()) {
        model.forward(Variable.constant(images), ForwardMode.EVALUATION).value().toFloats();
      }
    };
  }

  private static Runnable step(
      Backend backend, ModelSpec spec, int batch, Function<ParameterArena, Optimizer> optimizer,
      boolean repeats) {
    Model model = Models.create(spec);
    ParameterArena arena = new ParameterArena(backend, model.parameters(), 1);
    Tensor images =
        Tensor.empty(backend, Shape.of(batch, spec.channels(), spec.imageHeight(), spec.imageWidth()));
    Shape ofLabels = spec.labelsShape(batch);
    int[] classes = new Random(1).ints(ofLabels.elements(), 0, spec.classes()).toArray();
    Tensor labels = Tensor.ofInts(backend, ofLabels, classes);
    Step step = new Step(optimizer.apply(arena), 1);
    int[] number = {0};
    Deque<Later<?>> asked = new ArrayDeque<>();
    return () -> {
      ForwardMode mode = ForwardMode.training(1, number[0]++, 0, false);
      try (Repetition repeated = repeats ? backend.repeating(spec) : Repetition.NONE) {
        asked.add(step.accumulate(
            () -> CrossEntropyOp.apply(model.forward(Variable.constant(images), mode), labels, 0.1)));
        asked.add(step.update(LEARNING_RATE, CLIPPING));
      }
      while (asked.size() > 2) {
        asked.remove().get();
      }
    };
  }
}
