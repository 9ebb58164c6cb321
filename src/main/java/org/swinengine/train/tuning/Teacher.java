package org.swinengine.train.tuning;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.data.Batch;
import org.swinengine.data.Normalize;
import org.swinengine.inference.LoadedModel;
import org.swinengine.inference.ModelInput;
import org.swinengine.inference.Preprocessing;
import org.swinengine.inference.WeightSource;
import org.swinengine.models.Model;
import org.swinengine.models.ModelSpec;
import org.swinengine.nn.ForwardMode;
import org.swinengine.ops.DistillationOp;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Tensor;
import org.swinengine.train.settings.LossSettings;

/** A trained model, in evaluation mode, whose answers to a run's images, varied and mixed, teach it. */
public final class Teacher {
  private final LossSettings settings;
  private final Backend backend;
  private final Model model;

  private Teacher(LossSettings settings, Backend backend, Model model) {
    this.settings = settings;
    this.backend = backend;
    this.model = model;
  }

  /**
   * Opens the teacher of a run; null where it has none.
   *
   * @param settings whom and how
   * @param preprocessing how images are given to the run's model
   * @param classNames the data's
   * @param backend where the run computes
   * @throws IllegalArgumentException if the teacher does not take the same images, or answers with other
   *     classes
   */
  public static @Nullable Teacher of(
      LossSettings settings, Preprocessing preprocessing, List<String> classNames, Backend backend) {
    if (settings.distillationType() == LossSettings.Distillation.NONE) {
      return null;
    }
    WeightSource source = WeightSource.of(settings.teacher());
    ModelSpec spec = source.spec();
    spec.requireClassification("`teacher`");
    requireSameClasses(spec, source.ownClassNames(), settings.teacher(), classNames);
    LoadedModel loaded = LoadedModel.open(source, backend);
    requireSameImages(loaded.preprocessing(), settings.teacher(), preprocessing);
    return new Teacher(settings, backend, loaded.model());
  }

  private static void requireSameClasses(
      ModelSpec spec, Optional<List<String>> names, String teacher, List<String> classNames) {
    if (spec.classes() != classNames.size()) {
      throw new IllegalArgumentException(
          "`teacher` " + teacher + " has " + spec.classes() + " classes, but the data have "
              + classNames.size() + "; a teacher must have learnt the same ones");
    }
    if (names.isPresent() && !names.get().equals(classNames)) {
      throw new IllegalArgumentException(
          "`teacher` " + teacher + " has the classes " + names.get() + ", but the data have " + classNames
              + "; a teacher must have learnt the same ones, in the same order");
    }
  }

  private static void requireSameImages(Preprocessing its, String teacher, Preprocessing ours) {
    if (its.channels() != ours.channels() || its.height() != ours.height() || its.width() != ours.width()) {
      throw new IllegalArgumentException(
          "`teacher` " + teacher + " takes images of " + shape(its) + " (height, width, channels), but the"
              + " run's have " + shape(ours) + "; both must be the same (`imageSize`, `channels`)");
    }
    if (!its.normalize().equals(ours.normalize())) {
      throw new IllegalArgumentException(
          "`teacher` " + teacher + " takes images of " + statistics(its.normalize()) + ", but the run's have "
              + statistics(ours.normalize()) + "; give the teacher's (`mean`, `std` or `normalizeEach`)");
    }
  }

  private static String shape(Preprocessing images) {
    return images.height() + "×" + images.width() + "×" + images.channels();
  }

  private static String statistics(Normalize normalize) {
    if (normalize.isOfEach()) {
      return "mean and deviation of their own";
    }
    return "mean " + Arrays.toString(normalize.mean()) + " and deviation " + Arrays.toString(normalize.std());
  }

  /**
   * A loss with its part of the teacher.
   *
   * @param loss of the labels, {@code []}
   * @param logits the run's model's, {@code [batch, classes]}
   * @param input what the batch is
   * @param batch that the logits are of
   */
  public Variable with(Variable loss, Variable logits, ModelInput input, Batch batch) {
    Tensor answers;
    try (Scope scope = Scope.open()) {
      answers = scope.keep(input.logits(model, backend, batch, ForwardMode.EVALUATION).value());
    }
    Variable distance =
        settings.distillationType() == LossSettings.Distillation.SOFT
            ? DistillationOp.soft(logits, answers, settings.distillationTau())
            : DistillationOp.hard(logits, answers);
    return DistillationOp.combined(loss, distance, settings.distillationAlpha());
  }

  /** SHA-256 of the weights, by which a run that goes on knows its teacher. */
  public String fingerprint() {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
    for (Parameter parameter : model.parameters()) {
      float[] values = parameter.value().toFloats();
      ByteBuffer bytes =
          ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(values);
      digest.update(bytes);
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
