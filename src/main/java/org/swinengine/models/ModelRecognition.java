package org.swinengine.models;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.swinengine.models.swin.SwinConfig;
import org.swinengine.models.vit.VitConfig;
import org.swinengine.weights.ModelFamily;
import org.swinengine.weights.NamedWeights;
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
 * @param notes what had to be assumed, in sentences
 * @param reason why the model was not recognised, in a sentence; empty if it was
 */
public record ModelRecognition(
    NamedWeights weights, Optional<ModelSpec> spec, String configuration, List<String> notes, String reason) {

  private static final Pattern OLD_LUCIDRAINS =
      Pattern.compile("(.*\\.)?transformer\\.layers\\.\\d+\\.0\\.fn\\.fn\\.to_qkv\\.weight");
  private static final Pattern NEW_LUCIDRAINS =
      Pattern.compile("(.*\\.)?transformer\\.layers\\.\\d+\\.0\\.to_qkv\\.weight");

  /** Copies the notes. */
  public ModelRecognition {
    notes = List.copyOf(notes);
  }

  /** Recognises dialect and model. */
  public static ModelRecognition of(StateDict source) {
    return of(source, NamedWeights.of(source), RecognitionHints.NONE);
  }

  /**
   * Recognises the model.
   *
   * @param source the file
   * @param named the file under the engine's names
   * @param hints what the arrays cannot show
   */
  public static ModelRecognition of(StateDict source, NamedWeights named, RecognitionHints hints) {
    List<String> notes = new ArrayList<>();
    String yaml = "";
    try {
      ModelDescription description = describe(source, named, hints, notes);
      yaml = description.yaml(description.type());
      String name = publishedName(description).orElse(description.ownName());
      ModelSpec spec =
          DialectSemantics.apply(parse(description.yaml(name)), named.dialect());
      return new ModelRecognition(named, Optional.of(spec), ModelConfigFile.write(spec), notes, "");
    } catch (ModelConfigException e) {
      return new ModelRecognition(named, Optional.empty(), yaml, notes, e.getMessage());
    }
  }

  private static ModelDescription describe(
      StateDict source, NamedWeights named, RecognitionHints hints, List<String> notes) {
    ModelFamily family = named.family().orElseThrow(() -> new ModelConfigException(unknown(source, named)));
    StateShapes shapes = new StateShapes(named, source);
    double epsilon =
        hints.normEpsilon() != null ? hints.normEpsilon() : DialectSemantics.epsilon(named.dialect());
    return family == ModelFamily.VIT
        ? new VitShapes(shapes, hints, notes).describe(epsilon)
        : new SwinShapes(shapes, family, named.dialect(), hints, notes).describe();
  }

  private static String unknown(StateDict source, NamedWeights named) {
    if (!named.hint().isEmpty()) {
      return named.hint();
    }
    if (source.names().stream().anyMatch(name -> name.contains(".attn.w_msa."))) {
      return "these are the names of OpenMMLab's Swin Transformer, whose patch merging orders channels"
          + " differently; convert the file with OpenMMLab's own tool to Microsoft's names first";
    }
    if (source.names().stream().anyMatch(name -> OLD_LUCIDRAINS.matcher(name).matches())) {
      return "these are the names of an early vit-pytorch, whose attention is scaled by all channels"
          + " instead of a head's, and which has no last norm; this engine has no such ViT";
    }
    if (source.names().stream().anyMatch(name -> NEW_LUCIDRAINS.matcher(name).matches())) {
      return "these are the names of a newer vit-pytorch, which normalises patches before and after their"
          + " embedding; this engine has no such ViT";
    }
    List<String> examples = source.names().stream().limit(3).toList();
    return "the names of the " + source.size() + " arrays (" + String.join(", ", examples)
        + (source.size() > 3 ? ", …" : "") + ") are those of no model that this engine knows; say which model"
        + " it is (--model or --cfg), and give the arrays other names where needed (--rename 'REGEX=>REPLACEMENT')";
  }

  /** The named configuration of the same shape. */
  private static Optional<String> publishedName(ModelDescription found) {
    ModelSpec spec = parse(found.yaml("found"));
    return Configurations.all().entrySet().stream()
        .filter(entry -> entry.getValue().type().equals(found.type()))
        .filter(
            entry -> {
              ModelSpec other = entry.getValue().spec();
              return comparable(other).equals(comparable(spec))
                  && other.imageHeight() == spec.imageHeight()
                  && other.imageWidth() == spec.imageWidth()
                  && other.channels() == spec.channels();
            })
        .map(Map.Entry::getKey)
        .findFirst();
  }

  /** Without what an implementation decides, and without first values that training has changed. */
  private static ModelSpec.Architecture comparable(ModelSpec spec) {
    if (spec.architecture() instanceof VitConfig vit) {
      return vit.withNormEpsilon(null).withLayerScale(vit.layerScale() == null ? null : 0.0);
    }
    return spec.architecture() instanceof SwinConfig swin ? comparable(swin, spec) : spec.architecture();
  }

  /** With windows of its own for each stage, as small as the stage: 14 may mean 14, 14, 14 and 7. */
  private static SwinConfig comparable(SwinConfig swin, ModelSpec spec) {
    if (swin.windowHeight() != swin.windowWidth() || spec.imageHeight() != spec.imageWidth()) {
      return swin;
    }
    return swin.withStageWindows(
        IntStream.range(0, swin.stages())
            .map(i -> Math.min(swin.window(i)[0], swin.tokens(spec.imageHeight(), i)))
            .boxed()
            .toList());
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

  /** How the model's images are prepared where nothing else is said. */
  public InputConvention input() {
    int rows = spec.map(ModelSpec::imageHeight).orElse(224);
    return InputConvention.of(
        weights.dialect(), weights.family(), rows, weights.weights().contains("dist_token"));
  }
}
