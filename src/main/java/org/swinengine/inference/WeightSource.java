package org.swinengine.inference;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Parameter;
import org.swinengine.backend.Warnings;
import org.swinengine.models.DialectSemantics;
import org.swinengine.models.InputConvention;
import org.swinengine.models.LoadOptions;
import org.swinengine.models.LoadReport;
import org.swinengine.models.Model;
import org.swinengine.models.ModelConfigException;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.ModelFamilies;
import org.swinengine.models.ModelFamily;
import org.swinengine.models.ModelRecognition;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.ModelWeights;
import org.swinengine.models.Models;
import org.swinengine.models.ParameterNames;
import org.swinengine.models.RecognitionHints;
import org.swinengine.models.RecognitionNotes;
import org.swinengine.models.StructureMatch;
import org.swinengine.pretrained.PretrainedOptions;
import org.swinengine.pretrained.PretrainedWeights;
import org.swinengine.pretrained.PublishedCheckpoint;
import org.swinengine.pretrained.PublishedCheckpoints;
import org.swinengine.pretrained.ResolvedWeights;
import org.swinengine.weights.Dialect;
import org.swinengine.weights.NamedWeights;
import org.swinengine.weights.RenameRules;
import org.swinengine.weights.StateDict;
import org.swinengine.weights.WeightFiles;

/**
 * The one way from weights, wherever they are, to a model: arrays, which model they are of, names of its
 * classes, how pictures become its input, and what lies beside them.
 *
 * <pre>{@code
 * WeightSource source = WeightSource.of("hf:microsoft/swin-tiny-patch4-window7-224");
 * LoadedModel model = LoadedModel.open(source, backend);
 * }</pre>
 *
 * <p>Which model it is, is what the first of these says: {@link OpenOptions#spec}; the file, if this engine
 * wrote it; the table of published checkpoints, if it is one of them; names and shapes of the arrays, with
 * the hints of the options and of a {@code config.json} beside them.
 */
public final class WeightSource {
  /** Is told of each model that gets weights; for tests, which compare what different callers see. */
  private static volatile Consumer<ModelSpec> observer = spec -> {};

  private final Path file;
  private final Optional<PublishedCheckpoint> published;
  private final OpenOptions options;

  /** What is in the file; read when it is first needed. */
  private @Nullable Contents contents;

  private boolean warned;

  /** A file's arrays. */
  private record Contents(
      StateDict all, StateDict weights, NamedWeights named, HubConfig hub, RecognitionHints told,
      List<String> assumptions) {}

  private WeightSource(Path file, Optional<PublishedCheckpoint> published, OpenOptions options) {
    this.file = file;
    this.published = published;
    this.options = options;
  }

  /**
   * Weights by any name: a file, a folder, a name of the table of published checkpoints, an address that
   * begins with {@code https://}, or {@code hf:ORG/REPO[@REVISION][/FILE]}. What is not on this machine is
   * downloaded once.
   *
   * @throws org.swinengine.pretrained.PretrainedException if there is no such thing, or it cannot be
   *     downloaded
   */
  public static WeightSource of(String name) {
    return of(name, PretrainedOptions.USUAL);
  }

  /** The same with a folder for downloads, without any, or with a listener. */
  public static WeightSource of(String name, PretrainedOptions downloads) {
    if (!PublishedCheckpoints.isKnown(name) && isFolder(name)) {
      return of(Path.of(name));
    }
    ResolvedWeights found = PretrainedWeights.resolve(name, downloads);
    return new WeightSource(found.file(), found.checkpoint(), OpenOptions.DEFAULT);
  }

  /** Weights of a file, or of a folder that has them under one of the usual names. */
  public static WeightSource of(Path file) {
    return new WeightSource(file, Optional.empty(), OpenOptions.DEFAULT);
  }

  /** The same weights, with what is said about them besides their name. */
  public WeightSource with(OpenOptions how) {
    return new WeightSource(file, published, how);
  }

  private static boolean isFolder(String name) {
    try {
      return Files.isDirectory(Path.of(name));
    } catch (InvalidPathException e) {
      return false;
    }
  }

  static void observe(Consumer<ModelSpec> listener) {
    observer = listener;
  }

  /** The file or folder, on this machine. */
  public Path file() {
    return file;
  }

  /** What is known of them, if they are a published checkpoint. */
  public Optional<PublishedCheckpoint> published() {
    return published;
  }

  /** What was said about them. */
  public OpenOptions options() {
    return options;
  }

  private synchronized Contents opened() {
    if (contents == null) {
      StateDict all = WeightFiles.read(file, options.key());
      StateDict weights = EngineCheckpoint.weights(all);
      Optional<StructureMatch> structure = structure(weights);
      RenameRules rename =
          structure.map(match -> options.rename().andThen(match.rename())).orElse(options.rename());
      Dialect dialect =
          options.dialect() != null ? options.dialect() : structure.map(StructureMatch::dialect).orElse(null);
      NamedWeights named =
          family(weights)
              .map(family -> ParameterNames.of(weights, family, dialect, rename))
              .orElseGet(() -> ParameterNames.of(weights, dialect, rename));
      RecognitionHints told = structure.map(StructureMatch::told).orElse(RecognitionHints.NONE);
      Hints.requireUsed(options.hints(), told, file.toString());
      boolean says = weights.metadata().containsKey(EngineCheckpoint.MODEL);
      contents =
          new Contents(
              all, weights, named, says ? HubConfig.NONE : HubConfig.beside(file, named.dialect()),
              told, structure.map(StructureMatch::assumptions).orElse(List.of()));
    }
    return contents;
  }

  /** The rules that were asked for. */
  private Optional<StructureMatch> structure(StateDict weights) {
    if (!options.rename().isAutomatic()) {
      return Optional.empty();
    }
    Optional<StructureMatch> match = StructureMatch.of(weights, options.rename(), options.hints());
    if (match.isEmpty()) {
      throw new ModelConfigException(
          file + ": `rename` is auto, but in order and shapes the arrays are those of no model that this"
              + " engine knows; write the rules yourself, and say which model it is (`model` or `config`)");
    }
    return match;
  }

  /**
   * The family whose names alone the file may have: the one that it says, or one that has no names but its
   * own.
   */
  private Optional<ModelFamily> family(StateDict weights) {
    try {
      String said = weights.metadata().get(EngineCheckpoint.MODEL);
      return said != null
          ? Optional.of(ModelFamilies.of(ModelConfigFile.parse(said, file.toString())))
          : Optional.ofNullable(options.spec()).map(ModelFamilies::of)
              .filter(own -> own.nameTables().isEmpty());
    } catch (ModelConfigException e) {
      return Optional.empty();
    }
  }

  /**
   * All that is in the file, an optimizer's state included, under its own names.
   *
   * @throws org.swinengine.weights.WeightFileException if it cannot be read
   */
  public StateDict contents() {
    return opened().all();
  }

  /** Arrays under the engine's names as the file has them, and back. */
  public NamedWeights names() {
    return opened().named();
  }

  /**
   * The model that the options name, that the file or the table of published checkpoints says, or that names
   * and shapes show. What had to be assumed is said as a {@linkplain Warnings warning}, once.
   *
   * @throws ModelConfigException if they do not, or a hint does not agree with it
   */
  public ModelSpec spec() {
    ModelRecognition found = agreeing(found());
    ModelSpec spec = found.specOf(file.toString());
    warn(found);
    return spec;
  }

  /** Says once what was assumed of a model that is about to be used. */
  private synchronized void warn(ModelRecognition found) {
    if (!warned) {
      found.assumptions().forEach(sentence -> Warnings.say(file.getFileName() + ": " + sentence));
      warned = true;
    }
  }

  /**
   * The same for people: also what was assumed, or why no model is known.
   *
   * @throws ModelConfigException if a hint does not agree with the model
   */
  public ModelRecognition recognition() {
    ModelRecognition found;
    try {
      found = found();
    } catch (ModelConfigException e) {
      return new ModelRecognition(
          names(), Optional.empty(), "", new RecognitionNotes(), String.valueOf(e.getMessage()));
    }
    return agreeing(found);
  }

  private ModelRecognition agreeing(ModelRecognition found) {
    found.spec().ifPresent(spec -> Hints.requireAgree(options.hints(), spec, file.toString()));
    return found;
  }

  private ModelRecognition found() {
    ModelRecognition found = recognised();
    if (options.key() == null) {
      CheckpointExtras.otherWeights(opened().all().extras(), opened().all().size())
          .ifPresent(found.said()::warn);
    }
    return found;
  }

  private ModelRecognition recognised() {
    Contents in = opened();
    in.hub().requireKnownActivation();
    if (options.spec() != null) {
      return known(options.spec());
    }
    String text = in.weights().metadata().get(EngineCheckpoint.MODEL);
    if (text != null) {
      ModelSpec said = ModelConfigFile.parse(text, file.toString());
      String assumed = in.weights().metadata().get(EngineCheckpoint.ASSUMED);
      return assumed == null
          ? known(said)
          : partlyKnown(said, AssumedSettings.fromJson(assumed, file.toString()), in);
    }
    if (published.isPresent()) {
      return known(Models.spec(published.get().model()).withClasses(published.get().classes()));
    }
    RecognitionHints said = options.hints().orElse(in.told()).orElse(in.hub().hints());
    ModelRecognition first = ModelRecognition.of(in.weights(), in.named(), said);
    // Only then: of a square the arrays tell the side, and another one is what they are resized to.
    RecognitionHints hints = first.spec().isEmpty() ? withAskedImage(said) : said;
    ModelRecognition found =
        hints.equals(said) ? first : ModelRecognition.of(in.weights(), in.named(), hints);
    in.assumptions().forEach(found.said()::warn);
    if (!options.rename().isEmpty()) {
      found
          .spec()
          .ifPresent(
              spec -> ModelFamilies.of(spec).assumeOfRenamed(found.weights().dialect(), hints, found.said()));
    }
    return found;
  }

  private RecognitionHints withAskedImage(RecognitionHints said) {
    Integer height = options.images().height();
    Integer width = options.images().width();
    return height == null || width == null || said.imageHeight() != null ? said
        : said.withImage(height, width);
  }

  /**
   * A model of which a conversion had to assume something: it is recognised again, with what was known and is
   * said now.
   */
  private ModelRecognition partlyKnown(ModelSpec said, AssumedSettings assumed, Contents in) {
    RecognitionHints hints =
        options.hints().orElse(Hints.of(said, assumed.settings()));
    Dialect dialect = ParameterNames.dialect(assumed.dialect());
    return ModelRecognition.of(in.weights(), in.named(), dialect, hints);
  }

  private ModelRecognition known(ModelSpec said) {
    NamedWeights named = opened().named();
    ModelSpec spec = DialectSemantics.apply(said, named.dialect());
    return new ModelRecognition(named, Optional.of(spec), ModelConfigFile.write(spec), new RecognitionNotes(),
        "");
  }

  /**
   * How images become the model's input: the file's way where it has one, else its publisher's.
   *
   * @param spec the model, whose image size may be another one than the file's
   */
  public Preprocessing preprocessing(ModelSpec spec) {
    Contents in = opened();
    String json = in.weights().metadata().get(EngineCheckpoint.PREPROCESSING);
    if (json != null) {
      return Preprocessing.fromJson(json, file.toString()).withImage(spec);
    }
    Preprocessing usual = Preprocessing.of(spec, in.hub().input().orElseGet(() -> convention(spec)));
    return published.map(usual::asPublished).orElse(usual);
  }

  private InputConvention convention(ModelSpec spec) {
    return InputConvention.of(opened().named(), spec);
  }

  /** Names of the classes, where the file has them or its repository says them. */
  public Optional<List<String>> classNames() {
    return ownClassNames()
        .or(() -> CheckpointExtras.classNames(opened().all().extras()))
        .or(() -> opened().hub().classNames());
  }

  /**
   * Names of the classes that the file itself has, which are those of the data that the engine trained it on.
   */
  public Optional<List<String>> ownClassNames() {
    return Optional.ofNullable(opened().weights().metadata().get(EngineCheckpoint.CLASS_NAMES))
        .map(names -> EngineCheckpoint.classNames(names, file.toString()));
  }

  /**
   * Above which probability each class is said, where the model says yes or no to each.
   *
   * @param classes of the model
   * @return empty of a model whose images have one class
   * @throws CheckpointException if the file says it wrongly
   */
  public Optional<double[]> thresholds(int classes) {
    Map<String, String> metadata = opened().weights().metadata();
    return EngineCheckpoint.MULTI_LABEL.equals(metadata.get(EngineCheckpoint.TASK))
        ? Optional.of(
            EngineCheckpoint.thresholds(metadata.get(EngineCheckpoint.THRESHOLDS), classes, file.toString()))
        : Optional.empty();
  }

  /** Which data this engine trained them on, where the file says so. */
  public Optional<TrainedData> trainedData() {
    return TrainedData.of(opened().weights().metadata(), file.toString());
  }

  /** All that the file says beside its arrays, by name. */
  Map<String, String> metadata() {
    return Map.copyOf(opened().weights().metadata());
  }

  /**
   * How sure their model may be, where the file says so; not where only some of the classes are taken,
   * or a model of others is named.
   *
   * @param classes number of the model's classes
   * @throws CheckpointException if it cannot be understood, or is of another number of classes
   */
  public Optional<StoredCalibration> calibration(int classes) {
    String json = opened().weights().metadata().get(StoredCalibration.KEY);
    ModelSpec given = options.spec();
    if (json == null || options.loading().classRows() != null) {
      return Optional.empty();
    }
    StoredCalibration stored = StoredCalibration.of(json, file.toString());
    return given != null && given.classes() != stored.classes()
        ? Optional.empty()
        : Optional.of(stored.require(classes, file.toString()));
  }

  /** The parameters that need no first values, because the file has theirs. */
  public Predicate<Parameter> given(Model model) {
    return ModelWeights.given(model, names());
  }

  /** Gives a model these weights; a {@linkplain Warnings warning} says if some are no finite numbers. */
  public LoadReport loadAll(Model model) {
    return load(model, options.loading());
  }

  /**
   * Gives a model these weights, and a new head where the classes are others: by their names if the file has
   * them, else by their number.
   */
  public LoadReport load(Model model, List<String> classes) {
    boolean others = classNames().filter(names -> !names.equals(classes)).isPresent();
    LoadOptions loading = options.loading();
    boolean chosen = loading.classRows() != null;
    return load(model, others && !chosen ? loading.withOtherClasses() : loading.withNewHead());
  }

  private LoadReport load(Model model, LoadOptions loading) {
    observer.accept(model.spec());
    LoadReport report = ModelWeights.load(model, names(), loading, file.toString());
    if (!report.warning().isEmpty()) {
      Warnings.say(file + ": " + report.warning());
    }
    return report;
  }

  /**
   * These weights under another implementation's names; under the engine's also with what its own checkpoints
   * say of their model, classes and preprocessing, as far as it is known. {@link #leftOut} says what is not
   * among them.
   *
   * @throws CheckpointException if the file holds no weights at all
   */
  public StateDict as(Dialect dialect) {
    ModelRecognition found = recognition();
    StateDict converted = ParameterNames.write(names().everything(opened().weights()), dialect);
    if (converted.size() == 0) {
      throw new CheckpointException(
          file + " holds no weights" + (leftOut().isEmpty() ? "" : ", but " + String.join(" and ", leftOut()))
              + "; give the file of a model's weights");
    }
    boolean says = converted.metadata().containsKey(EngineCheckpoint.MODEL);
    boolean partly = converted.metadata().containsKey(EngineCheckpoint.ASSUMED);
    if (found.spec().isPresent()) {
      warn(found);
    }
    if (!dialect.equals(Dialect.ENGINE) || says && !partly || found.spec().isEmpty()) {
      return converted;
    }
    ModelSpec spec = found.spec().get();
    List<String> names = classNames().filter(all -> all.size() == spec.classes()).orElse(null);
    return EngineCheckpoint.describe(converted, spec, preprocessing(spec), names, assumed(found));
  }

  /** What a file must not say as a fact; null if there is nothing. */
  private @Nullable AssumedSettings assumed(ModelRecognition found) {
    List<String> settings = found.said().assumed();
    if (settings.isEmpty()) {
      return null;
    }
    String before = opened().weights().metadata().get(EngineCheckpoint.ASSUMED);
    return before == null
        ? new AssumedSettings(found.weights().dialect().id(), settings)
        : new AssumedSettings(AssumedSettings.fromJson(before, file.toString()).dialect(), settings);
  }

  /**
   * What the file holds besides weights, and what of its weights models compute for themselves: in words,
   * part by part.
   */
  public List<String> leftOut() {
    return LeftOut.of(contents(), names());
  }

  /** Whether it is the same file, read in the same way. */
  @Override
  public boolean equals(Object other) {
    return other instanceof WeightSource source
        && file.equals(source.file)
        && published.equals(source.published)
        && options.equals(source.options);
  }

  @Override
  public int hashCode() {
    return file.hashCode();
  }

  @Override
  public String toString() {
    return file.toString();
  }
}
