package org.swinengine.train;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.swinengine.inference.PixelStatistics;
import org.swinengine.data.SampleRange;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;
import org.swinengine.optim.Schedule;
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
 * @param optimization learning rates, decay and clipping
 * @param labelSmoothing ε of the smoothed cross-entropy
 * @param augmentation how training images are varied
 * @param pictures how image files become numbers
 * @param seed of first weights, order, augmentation, dropout and validation split
 * @param validationFraction share of each class set aside where the data have no validation part
 * @param checkpointing whether blocks are computed again in the backward pass, to save memory
 * @param keeping where and how often the run is saved, which changes no result
 * @param fineTuning first weights, frozen parameters, early stopping
 */
public record TrainConfig(
    ModelSpec model,
    @Nullable Path data,
    int epochs,
    int batchSize,
    int accumulationSteps,
    Optimization optimization,
    double labelSmoothing,
    Augmentation augmentation,
    PictureSettings pictures,
    long seed,
    double validationFraction,
    boolean checkpointing,
    Keeping keeping,
    FineTuning fineTuning) {
  /**
   * AdamW's settings and its schedule.
   *
   * @param learningRate highest learning rate
   * @param minimumRate learning rate at the end of the cosine
   * @param warmupRate learning rate of the first step
   * @param warmupSteps steps in which the learning rate rises; 0: {@code warmupEpochs} says it
   * @param warmupEpochs the same in epochs
   * @param weightDecay decoupled weight decay of weight matrices
   * @param clipNorm largest global gradient norm; 0: no clipping
   */
  public record Optimization(
      double learningRate,
      double minimumRate,
      double warmupRate,
      int warmupSteps,
      double warmupEpochs,
      double weightDecay,
      double clipNorm) {
    /** Checks the ranges; messages name the setting. */
    public Optimization {
      Range.require("`learningRate`", learningRate, Double.MIN_NORMAL, Double.MAX_VALUE);
      Range.require("`minimumRate`", minimumRate, 0, learningRate);
      Range.require("`warmupRate`", warmupRate, 0, learningRate);
      Range.requireAtLeast("`warmupSteps`", warmupSteps, 0);
      Range.require("`weightDecay`", weightDecay, 0, Double.MAX_VALUE);
      Range.require("`clipNorm`", clipNorm, 0, Double.MAX_VALUE);
    }
  }

  /**
   * How a run goes about its work and where it is kept.
   *
   * @param workers threads that prepare images; changes no result
   * @param saveEverySteps steps between checkpoints within an epoch; 0: none
   * @param saveEveryMinutes minutes between checkpoints within an epoch; 0: none
   * @param output folder of run folders
   * @param tag name of the run folder
   * @param resume whether to go on with that run
   * @param acceptChangedData whether to go on with it although its data are others by now
   */
  public record Keeping(
      int workers, int saveEverySteps, double saveEveryMinutes, Path output, String tag, boolean resume,
      boolean acceptChangedData) {
    /** Checks the ranges; messages name the setting. */
    public Keeping {
      Range.requireAtLeast("`workers`", workers, 0);
      Range.requireAtLeast("`saveEverySteps`", saveEverySteps, 0);
      Range.require("`saveEveryMinutes`", saveEveryMinutes, 0, Double.MAX_VALUE);
    }
  }

  private static final Path RUNS = Path.of("runs");

  /** Checks the ranges; messages name the setting. */
  public TrainConfig {
    Range.requireAtLeast("`epochs`", epochs, 1);
    Range.requireAtLeast("`batchSize`", batchSize, 1);
    Range.requireAtLeast("`accumulationSteps`", accumulationSteps, 1);
    Range.require("`warmupEpochs`", optimization.warmupEpochs(), 0, epochs);
    Range.require("`labelSmoothing`", labelSmoothing, 0, 1);
    Range.require("`validationFraction`", validationFraction, Double.MIN_NORMAL, Math.nextDown(1.0));
  }

  /** {@link Optimization#learningRate}. */
  public double learningRate() {
    return optimization.learningRate();
  }

  /** {@link Optimization#minimumRate}. */
  public double minimumRate() {
    return optimization.minimumRate();
  }

  /** {@link Optimization#warmupRate}. */
  public double warmupRate() {
    return optimization.warmupRate();
  }

  /** {@link PictureSettings#cropRatio}. */
  public double cropRatio() {
    return pictures.cropRatio();
  }

  /** {@link PictureSettings#statistics}. */
  public PixelStatistics statistics() {
    return pictures.statistics();
  }

  /** {@link PictureSettings#sampleRange}. */
  public SampleRange sampleRange() {
    return pictures.sampleRange();
  }

  /** {@link Keeping#workers}. */
  public int workers() {
    return keeping.workers();
  }

  /** {@link Keeping#output}. */
  public Path output() {
    return keeping.output();
  }

  /** {@link Keeping#tag}. */
  public String tag() {
    return keeping.tag();
  }

  /** {@link Keeping#resume}. */
  public boolean resume() {
    return keeping.resume();
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
  public static Builder forData(@Nullable Path data, ModelSpec model) {
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
    private @Nullable Path data;
    private int epochs = 30;
    private int batchSize = 32;
    private int accumulationSteps = 1;
    private final Rates rates = new Rates();
    private double labelSmoothing;
    private Augmentation augmentation = Augmentation.NONE;
    private PictureSettings pictures = new PictureSettings(1, PixelStatistics.USUAL, SampleRange.FULL);
    private long seed;
    private double validationFraction = 0.2;
    private boolean checkpointing;
    private final Place place = new Place();
    private FineTuning fineTuning = FineTuning.NONE;

    /** An {@link Optimization} that is not complete. */
    private static final class Rates {
      private @Nullable Double highest;
      private @Nullable Double minimum;
      private @Nullable Double warmup;
      private int warmupSteps;
      private @Nullable Double warmupEpochs;
      private double weightDecay = 0.05;
      private double clipNorm = 5;
    }

    /** A {@link Keeping} that is not complete. */
    private static final class Place {
      private int workers = 1;
      private int saveEverySteps;
      private double saveEveryMinutes;
      private Path output = RUNS;
      private @Nullable String tag;
      private boolean resume;
      private boolean acceptChangedData;
    }

    Builder(ModelSpec model) {
      this.model = model;
    }

    private Builder(TrainConfig from) {
      model = from.model;
      data = from.data;
      epochs = from.epochs;
      batchSize = from.batchSize;
      accumulationSteps = from.accumulationSteps;
      rates.highest = from.optimization.learningRate();
      rates.minimum = from.optimization.minimumRate();
      rates.warmup = from.optimization.warmupRate();
      rates.warmupSteps = from.optimization.warmupSteps();
      rates.warmupEpochs = from.optimization.warmupEpochs();
      rates.weightDecay = from.optimization.weightDecay();
      rates.clipNorm = from.optimization.clipNorm();
      labelSmoothing = from.labelSmoothing;
      augmentation = from.augmentation;
      pictures = from.pictures;
      seed = from.seed;
      validationFraction = from.validationFraction;
      checkpointing = from.checkpointing;
      place.workers = from.keeping.workers();
      place.saveEverySteps = from.keeping.saveEverySteps();
      place.saveEveryMinutes = from.keeping.saveEveryMinutes();
      place.output = from.keeping.output();
      place.tag = from.keeping.tag();
      place.resume = from.keeping.resume();
      place.acceptChangedData = from.keeping.acceptChangedData();
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

    public Builder data(@Nullable Path value) {
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
    public Builder learningRate(@Nullable Double value) {
      rates.highest = value;
      return this;
    }

    /** The last rate; null: a hundredth of the highest. */
    public Builder minimumRate(@Nullable Double value) {
      rates.minimum = value;
      return this;
    }

    /** The first rate; null: a thousandth of the highest. */
    public Builder warmupRate(@Nullable Double value) {
      rates.warmup = value;
      return this;
    }

    public Builder warmupSteps(int value) {
      rates.warmupSteps = value;
      return this;
    }

    /**
     * Epochs of the warm-up; null: a twentieth of the run. Warm-up steps, where they are given, come first.
     */
    public Builder warmupEpochs(@Nullable Double value) {
      rates.warmupEpochs = value;
      return this;
    }

    public Builder weightDecay(double value) {
      rates.weightDecay = value;
      return this;
    }

    public Builder clipNorm(double value) {
      rates.clipNorm = value;
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
      pictures = new PictureSettings(value, pictures.statistics(), pictures.sampleRange());
      return this;
    }

    public Builder statistics(PixelStatistics value) {
      pictures = new PictureSettings(pictures.cropRatio(), value, pictures.sampleRange());
      return this;
    }

    public Builder seed(long value) {
      seed = value;
      return this;
    }

    public Builder sampleRange(SampleRange value) {
      pictures = new PictureSettings(pictures.cropRatio(), pictures.statistics(), value);
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
      place.workers = value;
      return this;
    }

    public Builder saveEverySteps(int value) {
      place.saveEverySteps = value;
      return this;
    }

    public Builder saveEveryMinutes(double value) {
      place.saveEveryMinutes = value;
      return this;
    }

    public Builder output(Path value) {
      place.output = value;
      return this;
    }

    /** Name of the run folder; null: the model's name. */
    public Builder tag(@Nullable String value) {
      place.tag = value;
      return this;
    }

    public Builder fineTuning(FineTuning value) {
      fineTuning = value;
      return this;
    }

    public Builder resume(boolean value) {
      place.resume = value;
      return this;
    }

    /** Whether a resumed run may have other data than it began with; for those who mean it. */
    public Builder acceptChangedData(boolean value) {
      place.acceptChangedData = value;
      return this;
    }

    /**
     * One linear layer on fixed features bears, and within few epochs needs, a rate that a whole model of
     * that batch size does not.
     */
    private double usualRate() {
      return fineTuning.freeze().isBackbone() ? 1e-3 : 5e-4 * batchSize * accumulationSteps / 512;
    }

    /** @throws IllegalArgumentException naming the setting that is out of range */
    public TrainConfig build() {
      double rate = rates.highest != null ? rates.highest : usualRate();
      Optimization optimization =
          new Optimization(
              rate,
              rates.minimum != null ? rates.minimum : rate / 100,
              rates.warmup != null ? rates.warmup : rate / 1000,
              rates.warmupSteps,
              rates.warmupEpochs != null ? rates.warmupEpochs : epochs / 20.0,
              rates.weightDecay,
              rates.clipNorm);
      Keeping keeping =
          new Keeping(
              place.workers,
              place.saveEverySteps,
              place.saveEveryMinutes,
              place.output,
              place.tag != null ? place.tag : model.name(),
              place.resume,
              place.acceptChangedData);
      return new TrainConfig(
          model,
          data,
          epochs,
          batchSize,
          accumulationSteps,
          optimization,
          labelSmoothing,
          augmentation,
          pictures,
          seed,
          validationFraction,
          checkpointing,
          keeping,
          fineTuning);
    }
  }

  /** Images of one optimizer step. */
  public int imagesPerStep() {
    return batchSize * accumulationSteps;
  }

  /**
   * The learning rate of each step; after the warm-up the same for all where the highest rate is the last.
   *
   * @param stepsPerEpoch optimizer steps of an epoch
   */
  public Schedule schedule(int stepsPerEpoch) {
    return Schedule.cosine(
        learningRate(), minimumRate(), warmupRate(), warmup(stepsPerEpoch), (long) epochs * stepsPerEpoch);
  }

  /**
   * Steps of the warm-up.
   *
   * @param stepsPerEpoch optimizer steps of an epoch
   */
  public long warmup(int stepsPerEpoch) {
    long rising = Math.round(optimization.warmupEpochs() * stepsPerEpoch);
    long steps = optimization.warmupSteps() > 0 ? optimization.warmupSteps() : rising;
    return Math.min(steps, (long) epochs * stepsPerEpoch);
  }
}
