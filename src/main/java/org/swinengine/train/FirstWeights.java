package org.swinengine.train;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.swinengine.autograd.Parameter;
import org.swinengine.models.DialectSemantics;
import org.swinengine.models.InputConvention;
import org.swinengine.models.LoadOptions;
import org.swinengine.models.LoadReport;
import org.swinengine.models.Model;
import org.swinengine.models.ModelConfigException;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.ModelRecognition;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.ModelWeights;
import org.swinengine.models.ParameterNames;
import org.swinengine.weights.NamedWeights;
import org.swinengine.weights.StateDict;
import org.swinengine.weights.WeightFiles;

/** A file of weights, with what it says or shows of its model. */
public final class FirstWeights {
  private final String source;
  private final StateDict dict;
  private final NamedWeights named;

  private final HubConfig hub;
  private final OpenOptions options;

  private FirstWeights(Path file, OpenOptions options) {
    source = file.toString();
    dict = CheckpointFile.weights(WeightFiles.read(file));
    named = ParameterNames.of(dict, options.dialect(), options.rename());
    hub = saysItsModel() ? HubConfig.NONE : HubConfig.beside(file, named.dialect());
    this.options = options;
  }

  /**
   * Reads names and shapes; arrays when they are used.
   *
   * @param options how the file is to be read
   */
  public static FirstWeights read(Path file, OpenOptions options) {
    return new FirstWeights(file, options);
  }

  /**
   * The model that the options name, that the file says, or that its names and shapes show.
   *
   * @throws org.swinengine.models.ModelConfigException if they do not
   */
  public ModelSpec spec() {
    if (options.spec() != null) {
      return apply(options.spec());
    }
    return apply(saysItsModel() ? said() : shown().specOf(source));
  }

  /**
   * The model that the file says, or that its names and shapes show; what was assumed, or why none is known, also where
   * what the file says is none. Options name none here.
   */
  public ModelRecognition recognition() {
    if (!saysItsModel()) {
      return shown();
    }
    try {
      ModelSpec spec = DialectSemantics.apply(said(), named.dialect());
      return new ModelRecognition(named, Optional.of(spec), ModelConfigFile.write(spec), List.of(), "");
    } catch (ModelConfigException e) {
      return new ModelRecognition(named, Optional.empty(), "", List.of(), e.getMessage());
    }
  }

  private boolean saysItsModel() {
    return dict.metadata().containsKey(CheckpointFile.MODEL);
  }

  private ModelSpec said() {
    return ModelConfigFile.parse(dict.metadata().get(CheckpointFile.MODEL), source);
  }

  private ModelRecognition shown() {
    return ModelRecognition.of(dict, named, options.hints().orElse(hub.hints()));
  }

  /**
   * A model as the implementation runs it that the weights come from.
   *
   * @throws org.swinengine.models.ModelConfigException if what lies beside the file says what no model here does
   */
  public ModelSpec apply(ModelSpec spec) {
    hub.requireKnownActivation();
    return DialectSemantics.apply(spec, named.dialect());
  }

  /** Arrays under the engine's names as the file has them, and back. */
  public NamedWeights names() {
    return named;
  }

  /** How images become the model's input: the file's way where it has one, else the publisher's. */
  Preprocessing preprocessing(ModelSpec spec) {
    String json = dict.metadata().get(CheckpointFile.PREPROCESSING);
    if (json != null) {
      return Preprocessing.fromJson(json, source).withImage(spec);
    }
    if (hub.input().isPresent()) {
      return Preprocessing.of(spec, hub.input().get());
    }
    return Preprocessing.of(spec, InputConvention.of(named, spec));
  }

  /** Names of the classes, where the file has them or its repository says them. */
  Optional<List<String>> classNames() {
    return ownClassNames().or(hub::classNames);
  }

  /** Names of the classes that the file itself has, which are those of the data that the engine trained it on. */
  Optional<List<String>> ownClassNames() {
    return Optional.ofNullable(dict.metadata().get(CheckpointFile.CLASS_NAMES))
        .map(names -> CheckpointFile.classNames(names, source));
  }

  /** The parameters that need no first values, because the file has theirs. */
  public Predicate<Parameter> given(Model model) {
    return ModelWeights.given(model, named);
  }

  /** Gives a model these weights. */
  public LoadReport loadAll(Model model) {
    return ModelWeights.load(model, named, options.loading(), source);
  }

  /**
   * Gives a model these weights, and a new head where the classes are others: by their names if the file has them, else by
   * their number.
   */
  LoadReport load(Model model, List<String> classes) {
    boolean others = classNames().filter(names -> !names.equals(classes)).isPresent();
    LoadOptions loading = options.loading();
    boolean chosen = loading.classRows() != null;
    return ModelWeights.load(
        model, named, others && !chosen ? loading.withOtherClasses() : loading.withNewHead(), source);
  }
}
