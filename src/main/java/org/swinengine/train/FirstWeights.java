package org.swinengine.train;

import java.nio.file.Path;
import org.swinengine.data.Normalize;
import org.swinengine.models.DialectSemantics;
import org.swinengine.models.InputConvention;
import org.swinengine.models.LoadReport;
import org.swinengine.models.Model;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.ModelRecognition;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.ModelWeights;
import org.swinengine.weights.NamedWeights;
import org.swinengine.weights.StateDict;
import org.swinengine.weights.WeightFiles;

/** A file of weights that a run starts from. */
public final class FirstWeights {
  private final String source;
  private final StateDict dict;
  private final NamedWeights named;

  private final OpenOptions options;

  private FirstWeights(Path file, OpenOptions options) {
    source = file.toString();
    dict = CheckpointFile.weights(WeightFiles.read(file));
    named = NamedWeights.of(dict, options.dialect(), options.rename());
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
   * The model that the file says, or that its names and shapes show.
   *
   * @throws org.swinengine.models.ModelConfigException if they do not
   */
  public ModelSpec spec() {
    String yaml = dict.metadata().get(CheckpointFile.MODEL);
    return yaml == null
        ? ModelRecognition.of(dict, named, options.hints()).specOf(source)
        : apply(ModelConfigFile.parse(yaml, source));
  }

  /** A model as the implementation runs it that the weights come from. */
  public ModelSpec apply(ModelSpec spec) {
    return DialectSemantics.apply(spec, named.dialect());
  }

  /** Mean and deviation of the images that the weights were trained on, as far as that is known. */
  Normalize normalize(ModelSpec spec) {
    String json = dict.metadata().get(CheckpointFile.PREPROCESSING);
    Preprocessing usual =
        json != null
            ? Preprocessing.fromJson(json, source).withImage(spec)
            : Preprocessing.of(
                spec,
                InputConvention.of(
                    named.dialect(), named.family(), spec.imageHeight(), named.weights().contains("dist_token")));
    return usual.normalize();
  }

  /** Gives a model these weights, and a new head where the classes are others. */
  LoadReport load(Model model) {
    return ModelWeights.load(model, named, options.loading().withNewHead(), source);
  }
}
