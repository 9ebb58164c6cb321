package org.swinengine.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.SampleRange;
import org.swinengine.inference.PixelStatistics;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;
import org.swinengine.optim.Schedule;
import org.swinengine.train.settings.Augmentation;
import org.swinengine.train.settings.Averaging;
import org.swinengine.train.settings.Colours;
import org.swinengine.train.settings.DataSettings;
import org.swinengine.train.settings.Keeping;
import org.swinengine.train.settings.LossSettings;
import org.swinengine.train.settings.Mixing;
import org.swinengine.train.settings.Optimization;
import org.swinengine.train.settings.Passes;
import org.swinengine.train.settings.PictureSettings;
import org.swinengine.train.settings.Range;
import org.swinengine.train.settings.ScheduleSettings;
import org.swinengine.train.settings.SegmentationSettings;
import org.swinengine.train.settings.SettingSpec;
import org.swinengine.train.settings.SettingTable;
import org.swinengine.train.tuning.FineTuning;

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
 * @param passes epochs, batches and seed
 * @param optimization the optimizer, learning rates, decay and clipping
 * @param falling how the learning rate falls
 * @param averaging an average of the weights
 * @param loss what is minimised
 * @param mixing how images are mixed with each other
 * @param augmentation how training images are varied
 * @param colours how their values are
 * @param pictures how image files become numbers
 * @param division how the data are divided
 * @param keeping where and how often the run is saved, which changes no result
 * @param fineTuning first weights, frozen parameters, early stopping
 * @param segmentation what counts where each pixel has a class
 */
public record TrainConfig(
    ModelSpec model,
    @Nullable Path data,
    Passes passes,
    Optimization optimization,
    ScheduleSettings falling,
    Averaging averaging,
    LossSettings loss,
    Mixing mixing,
    Augmentation augmentation,
    Colours colours,
    PictureSettings pictures,
    DataSettings division,
    Keeping keeping,
    FineTuning fineTuning,
    SegmentationSettings segmentation) {
  /** The records of settings, in the order of {@code config.yaml}. */
  private static final List<Class<? extends Record>> SECTIONS =
      List.of(
          Passes.class, Optimization.class, ScheduleSettings.class, Averaging.class, LossSettings.class,
          Mixing.class, Augmentation.class, Colours.class, PictureSettings.class, DataSettings.class,
          FineTuning.class, Keeping.class, SegmentationSettings.class);

  /** Checks the ranges; messages name the setting. */
  public TrainConfig {
    Stream.of(
        passes, optimization, falling, averaging, loss, mixing, augmentation, colours, pictures, division,
        keeping, fineTuning, segmentation).forEach(section -> SettingTable.of(section).check(section));
    loss.requireFitting(mixing);
    Range.require("`warmupEpochs`", optimization.warmupEpochs(), 0, passes.epochs());
    fineTuning.requireFitting(passes.epochs());
  }

  /** How training images vary, as settings with their values; empty: each is the same in every epoch. */
  public List<String> varying() {
    List<String> varying = new ArrayList<>(augmentation.options());
    varying.addAll(colours.options());
    varying.addAll(mixing.options());
    return varying;
  }

  /** All settings, in the order of {@code config.yaml}. */
  public static List<SettingSpec> settings() {
    return SECTIONS.stream().flatMap(section -> settings(section).stream()).toList();
  }

  /**
   * The settings of one of this record's components.
   *
   * @param section its class
   */
  public static List<SettingSpec> settings(Class<? extends Record> section) {
    return SettingTable.of(section).settings();
  }

  /** The values of all settings, by name. */
  public Map<String, Object> values() {
    Map<String, Object> values = new LinkedHashMap<>();
    Stream.of(
        passes, optimization, falling, averaging, loss, mixing, augmentation, colours, pictures, division,
        keeping, fineTuning, segmentation).forEach(section -> SettingTable.of(section).copy(section, values));
    return values;
  }

  /** {@link Passes#epochs}. */
  public int epochs() {
    return passes.epochs();
  }

  /** {@link Passes#batchSize}. */
  public int batchSize() {
    return passes.batchSize();
  }

  /** {@link Passes#accumulationSteps}. */
  public int accumulationSteps() {
    return passes.accumulationSteps();
  }

  /** {@link Passes#seed}. */
  public long seed() {
    return passes.seed();
  }

  /** {@link Passes#checkpointing}. */
  public boolean checkpointing() {
    return passes.checkpointing();
  }

  /** {@link LossSettings#labelSmoothing}. */
  public double labelSmoothing() {
    return loss.labelSmoothing();
  }

  /** {@link DataSettings#validationFraction}. */
  public double validationFraction() {
    return division.validationFraction();
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
        .augmentation(Augmentation.of(Map.of("flip", 0.5)))
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
        .augmentation(Augmentation.of(Map.of("flip", 0.5, "cropScale", 0.5)))
        .cropRatio(Math.min(model.imageHeight(), model.imageWidth()) >= 160 ? 0.875 : 1);
  }

  /**
   * A builder that starts from this configuration. Rates that were derived from the batch size stay as they
   * are.
   */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /**
   * Collects a configuration, as values of settings by their names. Learning rates that are not set are
   * derived from the images of a step.
   */
  public static final class Builder {
    private static final Path RUNS = Path.of("runs");

    private ModelSpec model;
    private @Nullable Path data;
    private final Map<String, Object> values = new LinkedHashMap<>();

    Builder(ModelSpec model) {
      this.model = model;
    }

    private Builder(TrainConfig from) {
      model = from.model;
      data = from.data;
      values.putAll(from.values());
    }

    /**
     * Any setting.
     *
     * @param setting its name, such as {@code labelSmoothing}
     * @param value of the setting's type; null: what is usual, or derived
     * @throws IllegalArgumentException if there is no such setting
     */
    public Builder set(String setting, @Nullable Object value) {
      if (find(setting).isEmpty()) {
        throw new IllegalArgumentException("there is no setting `" + setting + "`");
      }
      return put(setting, value);
    }

    private static Optional<SettingSpec> find(String name) {
      return settings().stream().filter(setting -> setting.name().equals(name)).findFirst();
    }

    private Builder put(String name, @Nullable Object value) {
      if (value == null) {
        values.remove(name);
      } else {
        values.put(name, value);
      }
      return this;
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
      return put("epochs", value);
    }

    public Builder batchSize(int value) {
      return put("batchSize", value);
    }

    public Builder accumulationSteps(int value) {
      return put("accumulationSteps", value);
    }

    /** The highest rate; null: 5e-4 · batch · accumulation / 512, and 1e-3 where a head alone learns. */
    public Builder learningRate(@Nullable Double value) {
      return put("learningRate", value);
    }

    /** The last rate; null: a hundredth of the highest. */
    public Builder minimumRate(@Nullable Double value) {
      return put("minimumRate", value);
    }

    /** The first rate; null: a thousandth of the highest. */
    public Builder warmupRate(@Nullable Double value) {
      return put("warmupRate", value);
    }

    public Builder warmupSteps(int value) {
      return put("warmupSteps", value);
    }

    /**
     * Epochs of the warm-up; null: a twentieth of the run. Warm-up steps, where they are given, come first.
     */
    public Builder warmupEpochs(@Nullable Double value) {
      return put("warmupEpochs", value);
    }

    public Builder weightDecay(double value) {
      return put("weightDecay", value);
    }

    public Builder clipNorm(double value) {
      return put("clipNorm", value);
    }

    public Builder labelSmoothing(double value) {
      return put("labelSmoothing", value);
    }

    /** All choices of the augmentation. */
    public Builder augmentation(Augmentation value) {
      SettingTable.of(Augmentation.class).copy(value, values);
      return this;
    }

    public Builder cropRatio(double value) {
      return put("cropRatio", value);
    }

    public Builder statistics(PixelStatistics value) {
      return put("mean", doubles(value.mean())).put("std", doubles(value.std()));
    }

    private static List<Double> doubles(List<Float> numbers) {
      // By their text, so that 0.1f becomes 0.1.
      return numbers.stream().map(number -> Double.valueOf(number.toString())).toList();
    }

    public Builder seed(long value) {
      return put("seed", value);
    }

    public Builder sampleRange(SampleRange value) {
      return put("sampleRange", value);
    }

    public Builder validationFraction(double value) {
      return put("validationFraction", value);
    }

    public Builder checkpointing(boolean value) {
      return put("checkpointing", value);
    }

    public Builder workers(int value) {
      return put("workers", value);
    }

    public Builder saveEverySteps(int value) {
      return put("saveEverySteps", value);
    }

    public Builder saveEveryMinutes(double value) {
      return put("saveEveryMinutes", value);
    }

    public Builder output(Path value) {
      return put("output", value);
    }

    /** Name of the run folder; null: the model's name. */
    public Builder tag(@Nullable String value) {
      return put("tag", value);
    }

    /** First weights, and all settings of fine-tuning. */
    public Builder fineTuning(FineTuning value) {
      values.remove("weights");
      SettingTable.of(FineTuning.class).copy(value, values);
      return this;
    }

    public Builder resume(boolean value) {
      return put("resume", value);
    }

    /** Whether a resumed run may have other data than it began with; for those who mean it. */
    public Builder acceptChangedData(boolean value) {
      return put("acceptChangedData", value);
    }

    /** @throws IllegalArgumentException naming the setting that is out of range */
    public TrainConfig build() {
      Map<String, Object> all = new LinkedHashMap<>(values);
      Passes passes = SettingTable.of(Passes.class).from(all);
      FineTuning fineTuning = SettingTable.of(FineTuning.class).from(all);
      // One linear layer on fixed features bears, and within few epochs needs, a rate that a whole model of
      // that batch size does not.
      double usual =
          fineTuning.lastFreeze().isBackbone()
              ? 1e-3
              : 5e-4 * passes.batchSize() * passes.accumulationSteps() / 512;
      double rate = ((Number) all.computeIfAbsent("learningRate", name -> usual)).doubleValue();
      all.putIfAbsent("minimumRate", rate / 100);
      all.putIfAbsent("warmupRate", rate / 1000);
      all.putIfAbsent("warmupEpochs", passes.epochs() / 20.0);
      all.putIfAbsent("output", RUNS);
      all.putIfAbsent("tag", model.name());
      all.putIfAbsent("resume", false);
      all.putIfAbsent("acceptChangedData", false);
      SegmentationSettings pixels = SettingTable.of(SegmentationSettings.class).from(all);
      Augmentation varied = SettingTable.of(Augmentation.class).from(all);
      Colours colours = SettingTable.of(Colours.class).from(all);
      return new TrainConfig(
          pixels.taking(model, varied, colours),
          data,
          passes,
          SettingTable.of(Optimization.class).from(all),
          SettingTable.of(ScheduleSettings.class).from(all),
          SettingTable.of(Averaging.class).from(all),
          SettingTable.of(LossSettings.class).from(all),
          SettingTable.of(Mixing.class).from(all),
          varied,
          colours,
          SettingTable.of(PictureSettings.class).from(all),
          SettingTable.of(DataSettings.class).from(all),
          SettingTable.of(Keeping.class).from(all),
          fineTuning,
          pixels);
    }
  }

  /** Images of one optimizer step. */
  public int imagesPerStep() {
    return batchSize() * accumulationSteps();
  }

  /**
   * The learning rate of each step; after the warm-up the same for all where the highest rate is the last.
   *
   * @param stepsPerEpoch optimizer steps of an epoch
   */
  public Schedule schedule(int stepsPerEpoch) {
    return falling.of(
        optimization, warmup(stepsPerEpoch), stepsPerEpoch, epochs(), fineTuning.unfreezeAfter());
  }

  /**
   * Steps of the warm-up.
   *
   * @param stepsPerEpoch optimizer steps of an epoch
   */
  public long warmup(int stepsPerEpoch) {
    long rising = Math.round(optimization.warmupEpochs() * stepsPerEpoch);
    long steps = optimization.warmupSteps() > 0 ? optimization.warmupSteps() : rising;
    return Math.min(steps, (long) epochs() * stepsPerEpoch);
  }
}
