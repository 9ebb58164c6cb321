package org.swinengine.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.swinengine.data.SampleRange;
import org.swinengine.inference.OpenOptions;
import org.swinengine.inference.WeightSource;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;
import org.swinengine.train.Augmentation;
import org.swinengine.train.TrainConfig;
import org.swinengine.train.TrainConfigFile;
import org.swinengine.train.tuning.BestMetric;
import org.swinengine.train.tuning.CacheFeatures;
import org.swinengine.train.tuning.FineTuning;
import org.swinengine.train.tuning.Freeze;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Everything about a training run that can be chosen. What is not given stays at the recipe's value. */
final class TrainOptions {
  @Mixin
  private ModelOptions model;
  @Mixin
  private Data data;
  @Mixin
  private Tuning tuning;
  @Mixin
  private Optimization optimization;
  @Mixin
  private Variation variation;
  @Mixin
  private Run run;

  /** The help's headings, by the fields above. */
  static Map<String, String> headings() {
    Map<String, String> headings = new LinkedHashMap<>();
    headings.put("model", "The model:");
    headings.put("data", "What it learns from:");
    headings.put("tuning", "Other weights to start from, and what is kept of them:");
    headings.put("optimization", "Learning:");
    headings.put("variation", "How images are varied:");
    headings.put("run", "The run:");
    return headings;
  }

  /** What the model learns from, and what it gets to see. */
  private static final class Data {
    @Option(
        names = "--data-path",
        paramLabel = "DIR",
        description = "A folder per class (train/ and val/ or test/, or one folder that is divided), IDX,"
            + " CIFAR binary, or a MedMNIST .npz. Default: the built-in 28,000 images of Fashion-MNIST.")
    private Path path;

    @Option(
        names = "--val-fraction",
        paramLabel = "F",
        description = "Share of each class for validation, where the data have no such part. Default: 0.2.")
    private Double validationFraction;

    @Option(
        names = "--sample-range",
        paramLabel = "RANGE",
        description = "What becomes of samples wider than 8 bits (16-bit grey, float TIFF): full, bits:12"
            + " (significant bits), window:LOW:HIGH, or percentiles[:LOW:HIGH] of the training images."
            + " Default: full.")
    private String sampleRange;

    @Option(
        names = "--image-size",
        paramLabel = "H[xW]",
        converter = ImageSize.Converter.class,
        description = "Image size; all images are resized to it. Default: the model's.")
    private ImageSize imageSize;

    @Option(
        names = "--channels",
        paramLabel = "1|3",
        converter = ImageSize.Channels.class,
        description = "Grey or colour. Default: what the model takes.")
    private Integer channels;

    @Option(
        names = "--drop-path",
        paramLabel = "P",
        description = "Stochastic depth's rate at the last block. Default: the model's.")
    private Double dropPath;

    @Mixin
    private StatisticsOptions statistics;
  }

  /** What is kept of other weights. */
  private static final class Tuning {
    @Mixin
    private PretrainedSource pretrained;
    @Mixin
    private NamesOptions names;

    @Option(
        names = "--freeze",
        paramLabel = "WHAT",
        description = "Parameters that stay as they are: none, backbone (all but the head), blocks:N (of a"
            + " ViT), stages:N (of a Swin) or re:REGEX (of their paths). Default: none.")
    private String freeze;

    @Option(names = "--freeze-layers", description = "The same as --freeze backbone.")
    private boolean freezeLayers;

    @Option(
        names = "--patience",
        paramLabel = "N",
        description = "End after so many epochs without a better --best-metric; 0: never. Default: 0.")
    private Integer patience;

    @Option(
        names = "--best-metric",
        paramLabel = "METRIC",
        description = "What makes an epoch's weights the best on the validation images: accuracy, loss or"
            + " macro-f1 (mean over the classes). Default: accuracy.")
    private String bestMetric;

    @Option(
        names = "--min-delta",
        paramLabel = "D",
        description = "--patience counts only what is better by more than this, in the metric's unit"
            + " (percent for accuracy). Default: 0.")
    private Double minDelta;

    @Option(
        names = "--cache-features",
        paramLabel = "WHEN",
        description = "With a frozen backbone and images that do not vary (--flip 0 --crop-scale 0), compute"
            + " its features once and let epochs run the head alone: auto (where possible), on or off."
            + " Default: auto.")
    private String cacheFeatures;

    @Option(
        names = "--layer-decay",
        paramLabel = "D",
        description = "Factor of the learning rate from each block to the one before it, 0 to 1. Default: 1.")
    private Double layerDecay;

    @Option(
        names = "--head-lr",
        paramLabel = "F",
        description = "Factor of the head's learning rate, such as 10 for a new one. Default: 1.")
    private Double headRate;

    FineTuning applyTo(FineTuning usual) {
      if (freeze != null && freezeLayers) {
        throw new IllegalArgumentException("give --freeze or --freeze-layers, one of them");
      }
      FineTuning result = freezeLayers ? usual.withFreeze(Freeze.BACKBONE) : usual;
      result = freeze == null ? result : result.withFreeze(new Freeze(freeze));
      result = cacheFeatures == null ? result : result.withCacheFeatures(CacheFeatures.of(cacheFeatures));
      result = bestMetric == null ? result : result.withBestMetric(BestMetric.of(bestMetric));
      result = minDelta == null ? result : result.withMinDelta(minDelta);
      result = layerDecay == null ? result : result.withLayerDecay(layerDecay);
      result = headRate == null ? result : result.withHeadRate(headRate);
      return patience == null ? result : result.withPatience(patience);
    }
  }

  /** AdamW, and a cosine with warm-up. */
  private static final class Optimization {
    @Option(
        names = "--epochs",
        paramLabel = "N",
        description = "Passes over the training images. Default: 7 on the built-in images, else 30.")
    private Integer epochs;

    @Option(
        names = "--batch-size",
        paramLabel = "N",
        description = "Images of a pass. Default: 64 on the built-in images, else 32.")
    private Integer batchSize;

    @Option(
        names = "--accumulation-steps",
        paramLabel = "N",
        description = "Passes whose gradients make one optimizer step. Default: 1.")
    private Integer accumulationSteps;

    @Option(
        names = "--lr",
        paramLabel = "R",
        description = "Highest learning rate. Default: 3e-3 on the built-in images; else 5e-4 for 512 images"
            + " a step, in proportion; 1e-3 where a head alone learns.")
    private Double learningRate;

    @Option(
        names = "--min-lr",
        paramLabel = "R",
        description = "Learning rate at the end; --lr's for one that is constant. Default: 0 on the built-in"
            + " images, else a hundredth of --lr.")
    private Double minimumRate;

    @Option(
        names = "--warmup-lr",
        paramLabel = "R",
        description = "Learning rate of the first step. Default: 3e-5 on the built-in images, else a"
            + " thousandth of --lr.")
    private Double warmupRate;

    @Option(
        names = "--warmup-epochs",
        paramLabel = "N",
        description = "Epochs in which the rate rises. Default: a twentieth of all.")
    private Double warmupEpochs;

    @Option(names = "--warmup-steps", paramLabel = "N",
        description = "The same in steps. Default: 100 on the built-in images.")
    private Integer warmupSteps;

    @Option(
        names = "--weight-decay",
        paramLabel = "W",
        description = "Decoupled weight decay of weight matrices. Default: 0.05.")
    private Double weightDecay;

    @Option(names = "--clip-grad", paramLabel = "NORM",
        description = "Largest gradient norm; 0: any. Default: 5.")
    private Double clipNorm;

    @Option(
        names = "--label-smoothing",
        paramLabel = "E",
        description = "Smoothing of the labels, 0 to 1. Default: 0 on the built-in images, else 0.1.")
    private Double labelSmoothing;
  }

  /** How training images are varied. */
  private static final class Variation {
    @Option(names = "--flip", paramLabel = "P",
        description = "Probability of mirroring left and right. Default: 0.5.")
    private Double flip;

    @Option(
        names = "--crop-scale",
        paramLabel = "S",
        description = "Smallest share of the area that a random resized crop keeps; 0: no such crop."
            + " Default: 0 on the built-in images, else 0.5.")
    private Double cropScale;

    @Option(
        names = "--crop-padding",
        paramLabel = "PIXELS",
        description = "Border within which a crop of the whole size is placed at random. Default: 0.")
    private Integer cropPadding;

    @Option(
        names = "--color-jitter",
        paramLabel = "J",
        description = "Largest change of brightness, contrast and saturation. Default: 0.")
    private Double colorJitter;

    @Option(names = "--erasing", paramLabel = "P",
        description = "Probability of erasing a rectangle. Default: 0.")
    private Double erasing;

    @Option(
        names = "--crop-ratio",
        paramLabel = "R",
        description = "Middle part of a validation image's side that is used, up to 1. Default: 0.875 for"
            + " images of 160 pixels and more, else 1.")
    private Double cropRatio;

    @Option(names = "--crop-pct", hidden = true)
    private void cropPercentage(double ratio) {
      cropRatio = ratio;
    }
  }

  /** Where the run is kept, and how it goes about its work. */
  private static final class Run {
    @Option(
        names = "--output",
        paramLabel = "DIR",
        defaultValue = "runs",
        description = "Folder of run folders. Default: ${DEFAULT-VALUE}.")
    private Path output;

    @Option(
        names = "--tag",
        paramLabel = "NAME",
        description = "Name of the run folder; one that exists gets a number. Default: the model's name.")
    private String tag;

    @Option(
        names = "--resume",
        description = "Go on with the run of this --output and --tag. Its settings are read from its folder;"
            + " with --epochs it may get more than it was to have.")
    private boolean resume;

    @Option(
        names = "--accept-changed-data",
        description = "With --resume: go on although pictures were added, removed or changed since the run"
            + " began.")
    private boolean acceptChangedData;

    @Option(
        names = "--save-every",
        arity = "1..2",
        paramLabel = "N steps|minutes",
        hideParamSyntax = true,
        description = "Also write a checkpoint within an epoch, every so often. Default: at the end of each"
            + " epoch.")
    private List<String> saveEvery;

    @Option(
        names = "--use-checkpoint",
        arity = "0",
        description = "Activation checkpointing: compute blocks again in the backward pass, to save memory.")
    private Boolean useCheckpoint;

    @Option(
        names = "--workers",
        paramLabel = "N",
        description = "Threads that prepare images; changes no result. Default: 1.")
    private Integer workers;
  }

  /**
   * The configuration.
   *
   * @param seed the run's seed; null: not given
   * @throws IllegalArgumentException if an option is out of range or does not go with another
   * @throws IOException if the run to resume cannot be found
   */
  TrainConfig config(Long seed) throws IOException {
    TrainConfig.Builder builder = run.resume ? resumed() : fresh();
    set(data.path, builder::data);
    set(data.validationFraction, builder::validationFraction);
    set(data.sampleRange, range -> builder.sampleRange(SampleRange.parse(range)));
    set(optimization.epochs, builder::epochs);
    set(optimization.batchSize, builder::batchSize);
    set(optimization.accumulationSteps, builder::accumulationSteps);
    set(optimization.learningRate, builder::learningRate);
    set(optimization.minimumRate, builder::minimumRate);
    set(optimization.warmupRate, builder::warmupRate);
    set(optimization.warmupEpochs, epochs -> builder.warmupEpochs(epochs).warmupSteps(0));
    set(optimization.warmupSteps, builder::warmupSteps);
    set(optimization.weightDecay, builder::weightDecay);
    set(optimization.clipNorm, builder::clipNorm);
    set(optimization.labelSmoothing, builder::labelSmoothing);
    set(variation.cropRatio, builder::cropRatio);
    if (data.statistics.isGiven()) {
      builder.statistics(data.statistics.statistics());
    }
    set(run.workers, builder::workers);
    set(run.useCheckpoint, builder::checkpointing);
    if (run.acceptChangedData && !run.resume) {
      throw new IllegalArgumentException("--accept-changed-data goes with --resume");
    }
    builder.acceptChangedData(run.acceptChangedData);
    set(seed, builder::seed);
    if (run.saveEvery != null) {
      SaveEvery.parse(run.saveEvery).applyTo(builder);
    }
    TrainConfig config = builder.build();
    return config.toBuilder().augmentation(augmentation(config.augmentation())).build();
  }

  private TrainConfig.Builder resumed() throws IOException {
    String tag = run.tag != null ? run.tag : model.specOr(Models.DEFAULT).name();
    TrainConfig started = TrainConfigFile.ofRun(run.output, tag);
    ModelSpec spec =
        model.isGiven() ? model.specOr(tag).withClasses(started.model().classes()) : started.model();
    return started.toBuilder().model(changed(spec)).fineTuning(tuning.applyTo(started.fineTuning()));
  }

  private TrainConfig.Builder fresh() {
    if (tuning.names.isGiven() && !tuning.pretrained.isGiven()) {
      throw new IllegalArgumentException(
          "--dialect, --rename, --key, --no-strict, --resize-positions, --heads, --norm-eps, --window,"
              + " --class-map and what is said of a ViT of one's own (--norm-order, --activation, --pool,"
              + " --last-norm, --pre-logits, --pre-logits-norm, --patch-order, --qkv-order) say how"
              + " first weights are read; name them with --pretrained");
    }
    FineTuning start = FineTuning.NONE;
    ModelSpec named = model.isGiven() || !tuning.pretrained.isGiven() ? model.specOr(Models.DEFAULT) : null;
    if (tuning.pretrained.isGiven()) {
      OpenOptions options = tuning.names.options();
      options = options.withImages(ImageSize.shape(data.imageSize, null));
      WeightSource first = tuning.pretrained.open().with(named == null ? options : options.withSpec(named));
      start = start.withWeights(first);
      named = first.spec();
    }
    ModelSpec spec = changed(named);
    TrainConfig.Builder builder =
        data.path == null ? TrainConfig.builtIn().toBuilder() : TrainConfig.forData(data.path, spec);
    builder.fineTuning(tuning.applyTo(start)).model(spec).output(run.output)
        .tag(run.tag != null ? run.tag : spec.name());
    if (optimization.learningRate != null) {
      // The recipe's first rate is meant for its own highest rate.
      builder.warmupRate(null);
    }
    return builder;
  }

  private ModelSpec changed(ModelSpec spec) {
    ModelSpec changed = ImageSize.shape(data.imageSize, data.channels).applyTo(spec);
    return data.dropPath == null ? changed : changed.withDropPath(data.dropPath);
  }

  private Augmentation augmentation(Augmentation recipe) {
    return new Augmentation(
        or(variation.flip, recipe.flip()),
        or(variation.cropScale, variation.cropPadding == null ? recipe.cropScale() : 0),
        or(variation.cropPadding, variation.cropScale == null ? recipe.cropPadding() : 0),
        or(variation.colorJitter, recipe.colorJitter()),
        or(variation.erasing, recipe.erasing()));
  }

  private static <T> T or(T given, T recipe) {
    return given != null ? given : recipe;
  }

  private static <T> void set(T given, Consumer<T> setter) {
    if (given != null) {
      setter.accept(given);
    }
  }
}
