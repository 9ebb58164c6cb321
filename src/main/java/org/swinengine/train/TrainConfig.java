package org.swinengine.train;

import java.nio.file.Path;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;
import org.swinengine.train.tuning.FineTuning;
import org.swinengine.train.tuning.Range;

/**
 * Everything that determines a run. {@link #builtIn} and {@link #forData} give defaults, {@link #toBuilder}
 * changes them:
 *
 * <pre>{@code
 * TrainConfig config = TrainConfig.builtIn().toBuilder().epochs(3).seed(7).build();
 * }</pre>
 *
 * @param model the model; its number of classes becomes the data's
 * @param data a data folder or file as {@link org.swinengine.data.Datasets#open} takes it; null: the built-in
 *     data
 * @param epochs passes over the training images
 * @param batchSize images of one forward and backward pass
 * @param accumulationSteps passes whose gradients make one optimizer step
 * @param learningRate highest learning rate
 * @param minimumRate learning rate at the end of the cosine
 * @param warmupRate learning rate of the first step
 * @param warmupSteps steps in which the learning rate rises; 0: {@code warmupEpochs} says it
 * @param warmupEpochs the same in epochs
 * @param weightDecay decoupled weight decay of weight matrices
 * @param clipNorm largest global gradient norm; 0: no clipping
 * @param labelSmoothing ε of the smoothed cross-entropy
 * @param augmentation how training images are varied
 * @param cropRatio part of a validation image's side that is used, 1 for all of it
 * @param seed of first weights, order, augmentation, dropout and validation split
 * @param validationFraction share of each class set aside where the data have no validation part
 * @param checkpointing whether blocks are computed again in the backward pass, to save memory
 * @param workers threads that prepare images; changes no result
 * @param saveEverySteps steps between checkpoints within an epoch; 0: none
 * @param saveEveryMinutes minutes between checkpoints within an epoch; 0: none
 * @param output folder of run folders
 * @param tag name of the run folder
 * @param resume whether to go on with that run
 * @param fineTuning first weights, frozen parameters, early stopping
 */
public record TrainConfig(
    ModelSpec model,
    Path data,
    int epochs,
    int batchSize,
    int accumulationSteps,
    double learningRate,
    double minimumRate,
    double warmupRate,
    int warmupSteps,
    double warmupEpochs,
    double weightDecay,
    double clipNorm,
    double labelSmoothing,
    Augmentation augmentation,
    double cropRatio,
    long seed,
    double validationFraction,
    boolean checkpointing,
    int workers,
    int saveEverySteps,
    double saveEveryMinutes,
    Path output,
    String tag,
    boolean resume,
    FineTuning fineTuning) {
  private static final Path RUNS = Path.of("runs");

  /** Checks the ranges; messages name the option. */
  public TrainConfig {
    Range.requireAtLeast("epochs", epochs, 1);
    Range.requireAtLeast("batch size", batchSize, 1);
    Range.requireAtLeast("accumulation steps", accumulationSteps, 1);
    Range.require("learning rate", learningRate, Double.MIN_NORMAL, Double.MAX_VALUE);
    Range.require("minimum learning rate", minimumRate, 0, learningRate);
    Range.require("warm-up learning rate", warmupRate, 0, learningRate);
    Range.requireAtLeast("warm-up steps", warmupSteps, 0);
    Range.require("warm-up epochs", warmupEpochs, 0, epochs);
    Range.require("weight decay", weightDecay, 0, Double.MAX_VALUE);
    Range.require("clip norm", clipNorm, 0, Double.MAX_VALUE);
    Range.require("label smoothing", labelSmoothing, 0, 1);
    Range.require("crop ratio", cropRatio, Double.MIN_NORMAL, 1);
    Range.require("validation fraction", validationFraction, Double.MIN_NORMAL, Math.nextDown(1.0));
    Range.requireAtLeast("workers", workers, 0);
    Range.requireAtLeast("save-every steps", saveEverySteps, 0);
    Range.require("save-every minutes", saveEveryMinutes, 0, Double.MAX_VALUE);
  }

  /**
   * The recipe for the built-in data: a small Swin that reaches 85 % within minutes on two cores.
   */
  public static TrainConfig builtIn() {
    return new Builder(Models.spec(Models.DEFAULT))
        .epochs(7)
        .batchSize(64)
        .learningRate(3e-3)
        .minimumRate(0.0)
        .warmupRate(3e-5)
        .warmupSteps(100)
        .augmentation(new Augmentation(0.5, 0, 0, 0, 0))
        .build();
  }

  /**
   * Defaults for training a model from scratch on other data: the rates of the original Swin repository (5e-4
   * for 512 images a step, in proportion), a twentieth of the run as warm-up, label smoothing 0.1, flips and
   * mild crops.
   */
  public static Builder forData(Path data, ModelSpec model) {
    return new Builder(model)
        .data(data)
        .labelSmoothing(0.1)
        .augmentation(new Augmentation(0.5, 0.5, 0, 0, 0))
        .cropRatio(Math.min(model.imageHeight(), model.imageWidth()) >= 160 ? 0.875 : 1);
  }

  /**
   * A builder that starts from this configuration. Rates that were derived from the batch size stay as they
   * are.
   */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** Collects a configuration. Learning rates that are not set are derived from the images of a step. */
  public static final class Builder {
    private ModelSpec model;
    private Path data;
    private int epochs = 30;
    private int batchSize = 32;
    private int accumulationSteps = 1;
    private Double learningRate;
    private Double minimumRate;
    private Double warmupRate;
    private int warmupSteps;
    private Double warmupEpochs;
    private double weightDecay = 0.05;
    private double clipNorm = 5;
    private double labelSmoothing;
    private Augmentation augmentation = Augmentation.NONE;
    private double cropRatio = 1;
    private long seed;
    private double validationFraction = 0.2;
    private boolean checkpointing;
    private int workers = 1;
    private int saveEverySteps;
    private double saveEveryMinutes;
    private Path output = RUNS;
    private String tag;
    private boolean resume;
    private FineTuning fineTuning = FineTuning.NONE;

    Builder(ModelSpec model) {
      this.model = model;
    }

    private Builder(TrainConfig from) {
      model = from.model;
      data = from.data;
      epochs = from.epochs;
      batchSize = from.batchSize;
      accumulationSteps = from.accumulationSteps;
      learningRate = from.learningRate;
      minimumRate = from.minimumRate;
      warmupRate = from.warmupRate;
      warmupSteps = from.warmupSteps;
      warmupEpochs = from.warmupEpochs;
      weightDecay = from.weightDecay;
      clipNorm = from.clipNorm;
      labelSmoothing = from.labelSmoothing;
      augmentation = from.augmentation;
      cropRatio = from.cropRatio;
      seed = from.seed;
      validationFraction = from.validationFraction;
      checkpointing = from.checkpointing;
      workers = from.workers;
      saveEverySteps = from.saveEverySteps;
      saveEveryMinutes = from.saveEveryMinutes;
      output = from.output;
      tag = from.tag;
      resume = from.resume;
      fineTuning = from.fineTuning;
    }

    public Builder model(ModelSpec value) {
      model = value;
      return this;
    }

    /** Stochastic depth's rate at the model's last block. */
    public Builder dropPath(double rate) {
      model = model.withDropPath(rate);
      return this;
    }

    public Builder data(Path value) {
      data = value;
      return this;
    }

    public Builder epochs(int value) {
      epochs = value;
      return this;
    }

    public Builder batchSize(int value) {
      batchSize = value;
      return this;
    }

    public Builder accumulationSteps(int value) {
      accumulationSteps = value;
      return this;
    }

    /** The highest rate; null: 5e-4 · batch · accumulation / 512, and 1e-3 where a head alone learns. */
    public Builder learningRate(Double value) {
      learningRate = value;
      return this;
    }

    /** The last rate; null: a hundredth of the highest. */
    public Builder minimumRate(Double value) {
      minimumRate = value;
      return this;
    }

    /** The first rate; null: a thousandth of the highest. */
    public Builder warmupRate(Double value) {
      warmupRate = value;
      return this;
    }

    public Builder warmupSteps(int value) {
      warmupSteps = value;
      return this;
    }

    /**
     * Epochs of the warm-up; null: a twentieth of the run. Warm-up steps, where they are given, come first.
     */
    public Builder warmupEpochs(Double value) {
      warmupEpochs = value;
      return this;
    }

    public Builder weightDecay(double value) {
      weightDecay = value;
      return this;
    }

    public Builder clipNorm(double value) {
      clipNorm = value;
      return this;
    }

    public Builder labelSmoothing(double value) {
      labelSmoothing = value;
      return this;
    }

    public Builder augmentation(Augmentation value) {
      augmentation = value;
      return this;
    }

    public Builder cropRatio(double value) {
      cropRatio = value;
      return this;
    }

    public Builder seed(long value) {
      seed = value;
      return this;
    }

    public Builder validationFraction(double value) {
      validationFraction = value;
      return this;
    }

    public Builder checkpointing(boolean value) {
      checkpointing = value;
      return this;
    }

    public Builder workers(int value) {
      workers = value;
      return this;
    }

    public Builder saveEverySteps(int value) {
      saveEverySteps = value;
      return this;
    }

    public Builder saveEveryMinutes(double value) {
      saveEveryMinutes = value;
      return this;
    }

    public Builder output(Path value) {
      output = value;
      return this;
    }

    /** Name of the run folder; null: the model's name. */
    public Builder tag(String value) {
      tag = value;
      return this;
    }

    public Builder fineTuning(FineTuning value) {
      fineTuning = value;
      return this;
    }

    public Builder resume(boolean value) {
      resume = value;
      return this;
    }

    /**
     * One linear layer on fixed features bears, and within few epochs needs, a rate that a whole model of that batch
     * size does not.
     */
    private double usualRate() {
      return fineTuning.freeze().isBackbone() ? 1e-3 : 5e-4 * batchSize * accumulationSteps / 512;
    }

    /** @throws IllegalArgumentException naming the option that is out of range */
    public TrainConfig build() {
      double rate = learningRate != null ? learningRate : usualRate();
      return new TrainConfig(
          model,
          data,
          epochs,
          batchSize,
          accumulationSteps,
          rate,
          minimumRate != null ? minimumRate : rate / 100,
          warmupRate != null ? warmupRate : rate / 1000,
          warmupSteps,
          warmupEpochs != null ? warmupEpochs : epochs / 20.0,
          weightDecay,
          clipNorm,
          labelSmoothing,
          augmentation,
          cropRatio,
          seed,
          validationFraction,
          checkpointing,
          workers,
          saveEverySteps,
          saveEveryMinutes,
          output,
          tag != null ? tag : model.name(),
          resume,
          fineTuning);
    }
  }

  /** Images of one optimizer step. */
  public int imagesPerStep() {
    return batchSize * accumulationSteps;
  }

  /**
   * Steps of the warm-up.
   *
   * @param stepsPerEpoch optimizer steps of an epoch
   */
  public long warmup(int stepsPerEpoch) {
    long steps = warmupSteps > 0 ? warmupSteps : Math.round(warmupEpochs * stepsPerEpoch);
    return Math.min(steps, (long) epochs * stepsPerEpoch);
  }
}
