package org.swinengine.models;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.swinengine.weights.Dialect;
import org.swinengine.weights.NamedWeights;
import org.swinengine.weights.RenameRules;
import org.swinengine.weights.StateDict;

/**
 * The architecture that a file's names and shapes show: channels, depths, heads, windows, patches, classes,
 * and what follows from whose names they are: LayerNorm's epsilon, and how windows are fitted to an image.
 *
 * <pre>{@code
 * ModelRecognition found = ModelRecognition.of(WeightFiles.read(file));
 * Model model = Models.create(found.specOf(file.toString()));
 * }</pre>
 *
 * @param weights the file under the engine's names, with its dialect and family
 * @param spec the model; empty if it could not be recognised
 * @param configuration the model as a configuration file, for people; empty if it could not be recognised
 * @param said what was assumed, and what else there is to say
 * @param reason why the model was not recognised, in a sentence; empty if it was
 */
public record ModelRecognition(
    NamedWeights weights, Optional<ModelSpec> spec, String configuration, RecognitionNotes said,
    String reason) {

  /** What there is to say, in sentences. */
  public List<String> notes() {
    return said.sentences();
  }

  /**
   * Of these what may make the model another one, because it was only assumed: computing with it needs a
   * warning.
   */
  public List<String> assumptions() {
    return said.assumptions();
  }

  /** Recognises dialect and model. */
  public static ModelRecognition of(StateDict source) {
    return of(source, ParameterNames.of(source), RecognitionHints.NONE);
  }

  /**
   * Recognises the model.
   *
   * @param source the file
   * @param named the file under the engine's names
   * @param hints what the arrays cannot show
   */
  public static ModelRecognition of(StateDict source, NamedWeights named, RecognitionHints hints) {
    return of(source, named, named.dialect(), hints);
  }

  /**
   * The same for weights that had other names before they were converted.
   *
   * @param origin the dialect that they had then, which says how the model computes
   */
  public static ModelRecognition of(
      StateDict source, NamedWeights named, Dialect origin, RecognitionHints hints) {
    RecognitionNotes notes = new RecognitionNotes();
    String yaml = "";
    try {
      ModelDescription description = describe(source, named, origin, hints, notes);
      yaml = description.yaml(description.type());
      String name = publishedName(description).orElse(description.ownName());
      ModelSpec spec =
          DialectSemantics.apply(parse(description.yaml(name)), origin);
      return new ModelRecognition(named, Optional.of(spec), ModelConfigFile.write(spec), notes, "");
    } catch (ModelConfigException e) {
      return new ModelRecognition(named, Optional.empty(), yaml, notes, String.valueOf(e.getMessage()));
    }
  }

  private static ModelDescription describe(
      StateDict source, NamedWeights named, Dialect origin, RecognitionHints hints, RecognitionNotes notes) {
    ModelFamily family =
        named.family()
            .flatMap(ModelFamilies::find)
            .orElseThrow(() -> new ModelConfigException(unknown(source, named, hints)));
    return family.recognise(new StateShapes(named, source), origin, hints, notes);
  }

  private static String unknown(StateDict source, NamedWeights named, RecognitionHints hints) {
    if (!named.hint().isEmpty()) {
      return named.hint();
    }
    if (source.size() == 0) {
      return "the file holds no weights, which a state dict's names would show";
    }
    for (ModelFamily family : ModelFamilies.all()) {
      String relative = family.relative(source.names());
      if (!relative.isEmpty()) {
        return relative;
      }
    }
    List<String> examples = source.names().stream().limit(3).toList();
    String names =
        "the names of the " + source.size() + " arrays (" + String.join(", ", examples)
            + (source.size() > 3 ? ", …" : "") + ") are those of no model that this engine knows";
    Optional<StructureMatch> match = StructureMatch.of(source, RenameRules.NONE, hints);
    if (match.isPresent()) {
      return names + ", " + match.get().advice();
    }
    return names + "; say which model it is (`model` or `config`), and give the arrays other names where"
        + " needed (`rename` 'REGEX=>REPLACEMENT')";
  }

  /** The named configuration of the same shape. */
  private static Optional<String> publishedName(ModelDescription found) {
    ModelSpec spec = parse(found.yaml("found"));
    ModelFamily family = ModelFamilies.of(spec);
    return Configurations.all().entrySet().stream()
        .filter(entry -> entry.getValue().type().equals(found.type()))
        .filter(
            entry -> {
              ModelSpec other = entry.getValue().spec();
              return family.comparable(other).equals(family.comparable(spec))
                  && other.imageHeight() == spec.imageHeight()
                  && other.imageWidth() == spec.imageWidth()
                  && other.channels() == spec.channels();
            })
        .map(Map.Entry::getKey)
        .findFirst();
  }

  private static ModelSpec parse(String yaml) {
    return ModelConfigFile.parse(yaml, "the recognised model");
  }

  /**
   * The model.
   *
   * @param source the file's name, for the error
   * @throws ModelConfigException if it was not recognised, saying why
   */
  public ModelSpec specOf(String source) {
    return spec.orElseThrow(() -> new ModelConfigException(source + ": " + reason));
  }
}
