package org.swinengine.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.swinengine.backend.Backend;
import org.swinengine.console.PlainText;
import org.swinengine.dashboard.Dashboard;
import org.swinengine.dashboard.DashboardAddress;
import org.swinengine.data.DataSplits;
import org.swinengine.data.list.ListColumns;
import org.swinengine.inference.OpenOptions;
import org.swinengine.inference.WeightSource;
import org.swinengine.models.ImageShape;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;
import org.swinengine.train.RateFinder;
import org.swinengine.train.RunPrecision;
import org.swinengine.train.TrainConfig;
import org.swinengine.train.TrainConfigFile;
import org.swinengine.train.estimate.LargestBatch;
import org.swinengine.train.recipe.Choice;
import org.swinengine.train.recipe.DataProfile;
import org.swinengine.train.recipe.Recipe;
import org.swinengine.train.recipe.SegmentRecipe;
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
import org.swinengine.train.settings.ScheduleSettings;
import org.swinengine.train.settings.SegmentationSettings;
import org.swinengine.train.tuning.FineTuning;
import org.swinengine.train.tuning.Freeze;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Everything about a training run that can be chosen. What is not given stays at the recipe's value. */
final class TrainOptions {
  private static final String LEARNING = "learning";
  private static final String VARIATION = "variation";

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;
  @Mixin
  private ModelOptions model;
  @Mixin
  private TrainData data;
  @Mixin
  private Tuning tuning;
  @Mixin
  private RateOptions learning;
  @Mixin
  private Run run;

  /** Rates of the original's configuration, which are scaled by the images of a step. */
  private final Map<String, Double> originalRates = new LinkedHashMap<>();

  /** What {@code --lr-base} came to; null before. */
  private Double scaledRate;

  /** The help's headings, by the fields above. */
  static Map<String, String> headings() {
    Map<String, String> headings = new LinkedHashMap<>();
    headings.put("model", "The model:");
    headings.put("data", "What it learns from:");
    headings.put("tuning", "Other weights to start from, and what is kept of them:");
    headings.put(LEARNING, "Learning:");
    headings.put(VARIATION, "How images are varied:");
    headings.put("run", "The run:");
    return headings;
  }

  /** Under which heading the settings of a record stand. */
  private static Map<Class<? extends Record>, String> sections() {
    Map<Class<? extends Record>, String> sections = new LinkedHashMap<>();
    sections.put(DataSettings.class, "data");
    sections.put(PictureSettings.class, "data");
    sections.put(FineTuning.class, "tuning");
    sections.put(Passes.class, LEARNING);
    sections.put(Optimization.class, LEARNING);
    sections.put(ScheduleSettings.class, LEARNING);
    sections.put(Averaging.class, LEARNING);
    sections.put(LossSettings.class, LEARNING);
    sections.put(SegmentationSettings.class, LEARNING);
    sections.put(Augmentation.class, VARIATION);
    sections.put(Colours.class, VARIATION);
    sections.put(Mixing.class, VARIATION);
    sections.put(Keeping.class, "run");
    return sections;
  }

  /** Gives {@code train} the options of all settings, and its help headings. */
  static void install(CommandLine train) {
    Map<OptionSpec, String> groups = new LinkedHashMap<>();
    sections().forEach(
        (section, heading) -> SettingOptions.addTo(train.getCommandSpec(), TrainConfig.settings(section))
            .forEach(option -> groups.put(option, headings().get(heading))));
    GroupedHelp.install(train, headings(), groups);
  }

  /** What is kept of other weights. */
  private static final class Tuning {
    @Mixin
    private PretrainedSource pretrained;
    @Mixin
    private NamesOptions names;

    @Option(names = "--freeze-layers", description = "The same as --freeze backbone.")
    private boolean freezeLayers;
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
        names = "--show-batch",
        paramLabel = "FILE.png",
        description = "Write a picture of what the model would see first, and end; nothing is trained.")
    private Path showBatch;

    @Option(
        names = "--save-every",
        arity = "1..2",
        paramLabel = "N steps|minutes",
        hideParamSyntax = true,
        description = "Also write a checkpoint within an epoch, every so often. Default: at the end of each"
            + " epoch.")
    private List<String> saveEvery;

    @Option(
        names = "--dashboard",
        paramLabel = "[HOST:]PORT",
        converter = DashboardConverter.class,
        description = "Serve a page that follows the run, at http://127.0.0.1:PORT/; 0 takes any port that is"
            + " free. With a host (0.0.0.0 is all of them) others on the network can read it too.")
    private DashboardAddress dashboard;

    @Option(
        names = "--overfit-one-batch",
        arity = "0..1",
        fallbackValue = "300",
        paramLabel = "[STEPS]",
        hideParamSyntax = true,
        description = "Do not train, but check that the model can learn at all: the first batch over and"
            + " over, without augmentation, until its loss is near 0 (exit code 0) or the steps are over (1)."
            + " Writes nothing. Without a number: ${FALLBACK-VALUE} steps.")
    private Integer overfitSteps;
  }

  /** The check that is asked for instead of a run; null: none. */
  OverfitOneBatch overfit() {
    if (run.overfitSteps == null) {
      return null;
    }
    if (run.overfitSteps < 1) {
      throw new IllegalArgumentException(
          "--overfit-one-batch must be at least 1 step, not " + run.overfitSteps);
    }
    if (run.resume || run.dashboard != null) {
      throw new IllegalArgumentException("--overfit-one-batch is no run: leave out --resume and --dashboard");
    }
    return new OverfitOneBatch(run.overfitSteps);
  }

  /** Serves the page, where it is asked for; otherwise null. */
  Dashboard openDashboard() throws IOException {
    return run.dashboard == null ? null : Dashboard.open(run.dashboard);
  }

  /** Whether there are folds, and their data. */
  FoldsOptions folds() {
    return data.folds();
  }

  /** Where to show a batch in place of training; null: training is meant. */
  Path showBatch() {
    if (run.showBatch != null && !run.showBatch.toString().toLowerCase(Locale.ROOT).endsWith(".png")) {
      throw new ParameterException(
          command.commandLine(), "--show-batch writes a PNG, so its name must end in .png: " + run.showBatch);
    }
    return run.showBatch;
  }

  /**
   * A run that is to begin.
   *
   * @param config all of it
   * @param data its data, where they have been opened already; null: not yet
   * @param reasons for what was chosen because nobody said it
   * @param rates how the learning rate was found; null: it was not looked for
   */
  record Planned(TrainConfig config, DataSplits data, List<String> reasons, RateFinder.Found rates) {}

  /**
   * The configuration.
   *
   * @param seed the run's seed; null: not given
   * @param cores processors that compute; 0 for a GPU
   * @param backend where it will run
   * @throws IllegalArgumentException if an option is out of range or does not go with another
   * @throws IOException if the run to resume cannot be found, or the data cannot be read
   */
  Planned plan(Long seed, int cores, Backend backend) throws IOException {
    Map<String, Object> given = given();
    set(seed, value -> given.put("seed", value));
    if (run.acceptChangedData && !run.resume) {
      throw new IllegalArgumentException("--accept-changed-data goes with --resume");
    }
    if (run.resume) {
      if (given.containsKey("recipe")) {
        throw new IllegalArgumentException(
            "--recipe is for a run that begins; one that is resumed has its settings");
      }
      requireNoWeights(data.named());
      TrainConfig.Builder builder = resumed();
      set(data.path(), builder::data);
      return new Planned(build(builder, given), null, List.of(), null);
    }
    if (given.get("teacher") instanceof String teacher && !teacher.isEmpty()) {
      // The download shows how it gets on.
      tuning.pretrained.open(teacher);
    }
    DataSplits opened = null;
    Choice choice = null;
    boolean segments =
        SegmentRecipe.isMeant(
            given.get("task"), model.isGiven() ? model.specToTrainOr(Models.DEFAULT) : null, data.path(),
            tuning.pretrained.isGiven());
    if (data.path() != null && !segments && !model.isGiven() && !tuning.pretrained.isGiven()) {
      TrainConfig.Builder any = TrainConfig.forData(data.path(), Models.spec(Models.DEFAULT));
      opened = data.folds().open(build(any, given));
      choice =
          Choice.of(
              DataProfile.of(opened.train()), tuning.pretrained.isAtHand(Choice.PRETRAINED), cores, given);
      given.putIfAbsent("recipe", choice.recipe());
    }
    // Of another recipe than the one that was chosen, the choice is the model alone.
    boolean chosen = choice != null && choice.recipe().equals(given.get("recipe"));
    List<String> reasons = new ArrayList<>();
    if (choice != null) {
      reasons.addAll(chosen ? choice.reasons() : choice.reasons().subList(0, 1));
    }
    TrainConfig.Builder builder = fresh(choice, segments);
    takeOriginal(given, reasons);
    Object recipe = given.get("recipe");
    if (recipe != null) {
      Recipe named = Recipe.named(recipe.toString());
      named.requireFitting(tuning.pretrained.isGiven() || choice != null && choice.pretrained());
      named.lasting(given, reasons::add).applyTo(builder);
    }
    if (chosen) {
      choice.settings().forEach(builder::set);
    }
    return found(builder, given, opened, reasons, backend);
  }

  /** Takes what the model's configuration says about training, where no option says another thing. */
  private void takeOriginal(Map<String, Object> given, List<String> reasons) throws IOException {
    if (!model.isGiven()) {
      return;
    }
    OriginalTraining original = model.training();
    original.settings().forEach(given::putIfAbsent);
    boolean own =
        given.containsKey("learningRate") || learning.isGiven()
            || SettingOptions.isToBeFound(command, "learningRate");
    if (!own) {
      original.rates().forEach(
          (name, rate) -> {
            if (!given.containsKey(name)) {
              originalRates.put(name, rate);
            }
          });
    }
    if (original.line() != null) {
      reasons.add(PlainText.line(original.line()));
    }
  }

  /** With the numbers that are to be found. A run that goes on has them. */
  private Planned found(
      TrainConfig.Builder builder, Map<String, Object> given, DataSplits opened, List<String> before,
      Backend backend) throws IOException {
    boolean batch = SettingOptions.isToBeFound(command, "batchSize");
    boolean rate = SettingOptions.isToBeFound(command, "learningRate");
    if (rate && learning.isGiven()) {
      throw new IllegalArgumentException("give --lr find or --lr-base, one of them");
    }
    if (!batch && !rate) {
      return new Planned(build(builder, given), opened, before, null);
    }
    List<String> reasons = new ArrayList<>(before);
    TrainConfig config = build(builder, given);
    DataSplits splits = opened != null ? opened : data.folds().open(config);
    if (batch) {
      int found = LargestBatch.of(config, splits, backend);
      reasons.add("`batchSize` " + found + ", the largest power of two up to " + LargestBatch.MOST
          + " that fits into memory and data");
      given.put("batchSize", found);
      config = build(builder, given);
    }
    RateFinder.Found found = rate ? RateFinder.find(config, splits, backend) : null;
    if (found != null) {
      reasons.add(found.reason());
      given.put("learningRate", found.rate());
      config = build(builder, given);
    }
    return new Planned(config, splits, List.copyOf(reasons), found);
  }

  private TrainConfig build(TrainConfig.Builder builder, Map<String, Object> given) {
    if (learning.isGiven()) {
      Map<String, Object> others = new LinkedHashMap<>(given);
      if (others.remove("learningRate") != null && !given.get("learningRate").equals(scaledRate)) {
        throw new IllegalArgumentException("give --lr or --lr-base, one of them");
      }
      others.remove("minimumRate");
      others.remove("warmupRate");
      builder.learningRate(null).minimumRate(null).warmupRate(null);
      scaledRate = learning.rate(built(builder, others));
      given.put("learningRate", scaledRate);
    }
    if (!originalRates.isEmpty()) {
      Map<String, Object> others = new LinkedHashMap<>(given);
      others.keySet().removeAll(List.of("learningRate", "minimumRate", "warmupRate"));
      builder.learningRate(null).minimumRate(null).warmupRate(null);
      double ratio = (double) built(builder, others).imagesPerStep() / OriginalTraining.IMAGES;
      originalRates.forEach((name, rate) -> given.put(name, rate * ratio));
    }
    return built(builder, given);
  }

  private TrainConfig built(TrainConfig.Builder builder, Map<String, Object> given) {
    if (given.containsKey("warmupEpochs") && !given.containsKey("warmupSteps")) {
      builder.warmupSteps(0);
    }
    if (given.containsKey("learningRate") && !run.resume) {
      // The recipe's other rates are meant for its own highest rate.
      builder.warmupRate(null);
      if (given.containsKey("recipe")) {
        builder.minimumRate(null);
      }
    }
    given.forEach(builder::set);
    builder.acceptChangedData(run.acceptChangedData);
    if (run.saveEvery != null) {
      SaveEvery.parse(run.saveEvery).applyTo(builder);
    }
    return builder.build();
  }

  /** The settings that were given, and what they say of others. */
  private Map<String, Object> given() {
    Map<String, Object> given = SettingOptions.given(command);
    if (tuning.freezeLayers && given.put("freeze", Freeze.BACKBONE) != null) {
      throw new IllegalArgumentException("give --freeze or --freeze-layers, one of them");
    }
    ListColumns columns = data.lists().columns();
    set(columns.path(), name -> given.put("pathColumn", name));
    set(columns.label(), name -> given.put("labelColumn", name));
    set(columns.split(), name -> given.put("splitColumn", name));
    set(columns.group(), name -> given.put("groupColumn", name));
    set(columns.imageRoot(), folder -> given.put("imageRoot", folder));
    set(data.lists().groupPattern(), pattern -> given.put("groupPattern", pattern));
    // One kind of crop takes the other's place.
    if (given.containsKey("cropPadding")) {
      given.putIfAbsent("cropScale", 0.0);
    } else if (given.containsKey("cropScale")) {
      given.put("cropPadding", 0);
    }
    return given;
  }

  /** The original's {@code --resume FILE} takes any weights. */
  private static void requireNoWeights(Path data) {
    if (data != null && data.toString().matches(".*\\.(pth|pt|bin|ckpt|safetensors)")) {
      throw new IllegalArgumentException(
          "--resume goes on with the run of --output and --tag, and " + data
              + " is no checkpoint of one; to begin with these weights name them with --pretrained");
    }
  }

  /** What the run to resume computed in; empty where none is resumed, or it does not say. */
  Optional<RunPrecision> precisionBefore() {
    return run.resume ? RunPrecision.ofRun(run.output, resumedTag()) : Optional.empty();
  }

  private String resumedTag() {
    return run.tag != null ? run.tag : model.specToTrainOr(Models.DEFAULT).name();
  }

  private TrainConfig.Builder resumed() throws IOException {
    String tag = resumedTag();
    TrainConfig started = TrainConfigFile.ofRun(run.output, tag);
    ModelSpec spec =
        model.isGiven() ? model.specToTrainOr(tag).withClasses(started.model().classes()) : started.model();
    return started.toBuilder().model(data.changed(spec));
  }

  private TrainConfig.Builder fresh(Choice choice, boolean segments) {
    if (tuning.names.isGiven() && !tuning.pretrained.isGiven()) {
      throw new IllegalArgumentException(
          "--dialect, --rename, --key, --no-strict, --resize-positions, --heads, --norm-eps, --window,"
              + " --class-map and what is said of a ViT of one's own (--norm-order, --activation, --pool,"
              + " --last-norm, --pre-logits, --pre-logits-norm, --patch-order, --qkv-order) say how"
              + " first weights are read; name them with --pretrained");
    }
    FineTuning start = FineTuning.NONE;
    ModelSpec named = null;
    if (choice != null) {
      named = ImageShape.of(choice.side(), choice.side()).withChannels(choice.channels())
          .applyTo(Models.spec(choice.model()));
    } else if (model.isGiven() || !tuning.pretrained.isGiven()) {
      named = model.specToTrainOr(segments ? SegmentRecipe.MODEL : Models.DEFAULT);
    }
    if (tuning.pretrained.isGiven() || choice != null && choice.pretrained()) {
      OpenOptions options = tuning.names.options();
      options = options.withImages(ImageSize.shape(data.imageSize(), null));
      WeightSource source =
          choice == null ? tuning.pretrained.open() : tuning.pretrained.open(choice.model());
      WeightSource first = source.with(named == null ? options : options.withSpec(named));
      start = start.withWeights(first);
      named = first.spec();
    }
    ModelSpec spec = model.checked(data.changed(named));
    TrainConfig.Builder builder =
        // Weights alone say what their model is for, too.
        segments || spec.task() == ModelSpec.Task.SEGMENTATION ? SegmentRecipe.of(data.path(), spec)
            : data.path() == null ? TrainConfig.builtIn().toBuilder()
                : TrainConfig.forData(data.path(), spec);
    return builder.fineTuning(start).model(spec).output(run.output)
        .tag(run.tag != null ? run.tag : spec.name());
  }

  private static <T> void set(T given, Consumer<T> setter) {
    if (given != null) {
      setter.accept(given);
    }
  }
}
