package org.swinengine.models;

import java.io.InputStream;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Backend;
import org.swinengine.weights.Dialect;
import org.swinengine.weights.NameTable;
import org.swinengine.weights.NamedWeights;
import org.swinengine.weights.StateDict;

/**
 * A family of models, such as Swin Transformers: all that the engine has to know of it, in one object.
 * {@link ModelFamilies} lists those of the engine; a program registers its own there, and its models then
 * have configuration files and checkpoints, are loaded, trained and predict as the engine's do.
 *
 * <p>A family needs a {@link #type}, an architecture that is {@link #read read} from a configuration and
 * {@link #write written} there, and to {@link #create} models. All else has an answer that does for models
 * which nobody else publishes.
 */
public abstract class ModelFamily {
  /**
   * {@code MODEL.TYPE} in configuration files, {@code swin}; {@link ModelSpec.Architecture#type} says the
   * same.
   */
  public abstract String type();

  /** The section below {@code MODEL} with the architecture's own keys. */
  public String section() {
    return type().toUpperCase(Locale.ROOT);
  }

  /** The keys of that section, but for {@code IN_CHANS}, which every section has. */
  public abstract List<String> keys();

  /**
   * Whether a configuration that names another family with the same section is one of this family, by its
   * keys.
   *
   * @param own that section
   */
  public boolean claims(ConfigSection own) {
    return false;
  }

  /**
   * The architecture of a configuration.
   *
   * @param own the section; keys that nobody reads are an error afterwards
   * @throws ModelConfigException saying what is wrong and where
   */
  public abstract ModelSpec.Architecture read(ConfigSection own);

  /** The keys of an architecture's section, which {@link #read} makes an equal one of. */
  public abstract Map<String, Object> write(ModelSpec.Architecture architecture);

  /**
   * The number of classes where a configuration does not say it.
   *
   * @param dataset {@code DATA.DATASET} of the configuration, or empty
   */
  public int usualClasses(String dataset) {
    return dataset.equalsIgnoreCase("imagenet22k") ? 21_841 : 1000;
  }

  /** A model without memory; {@link Models#create}. */
  public abstract Model create(ModelSpec spec);

  /** What a model costs, part by part in order, as {@link ModelCost} counts; none if nobody has counted. */
  public List<ModelCost.Stage> costs(ModelSpec spec) {
    return List.of();
  }

  /** Where a parameter stands: what freezing, learning rates by layer and new heads go by. */
  public ParameterPlace place(String path) {
    return path.startsWith("head.") ? ParameterPlace.HEAD : ParameterPlace.OTHER;
  }

  /** Has a device prepare what these models' attention needs; it prepares all kinds if nobody asks. */
  public void prepare(Backend backend) {}

  /** A model small enough to be compared with differences in all its parameters, with all of its parts. */
  public Optional<ModelSpec> smallest() {
    return Optional.empty();
  }

  /**
   * The named configurations, in the format of {@code models/swin/configurations.txt}; null if there are
   * none. The caller closes it.
   */
  public @Nullable InputStream configurations() {
    return null;
  }

  /**
   * torchvision's names of models, and which of {@link #configurations} each of them is. A name may have
   * that of weights behind it, {@code vit_b_16.IMAGENET1K_SWAG_E2E_V1}, where these are of another size
   * than the model's usual ones.
   */
  public Map<String, String> torchvisionNames() {
    return Map.of();
  }

  /** The configuration that another spelling means, such as timm's {@code swinv2_tiny_window8_256}. */
  public Optional<String> respelled(String name) {
    return Optional.empty();
  }

  /**
   * A named model as its publisher trained it on other data.
   *
   * @param end what the publisher's name has behind that of the configuration, {@code _22k}
   */
  public ModelSpec trainedOn(ModelSpec spec, String end) {
    return spec;
  }

  /** The names of the parameters in other implementations. */
  public List<NameTable> nameTables() {
    return List.of();
  }

  /**
   * The same for a file: some names have numbers whose range only the file shows.
   *
   * @param names of its arrays
   */
  public List<NameTable> nameTables(Collection<String> names) {
    return nameTables();
  }

  /**
   * Whether a file with names of its own holds such a model, by the shapes of its arrays in their order.
   *
   * @param shapes by the file's names, in its order, without buffers
   * @param hints what is said of it
   * @return empty if it is another model
   */
  public Optional<StructureMatch> structure(Map<String, long[]> shapes, RecognitionHints hints) {
    return Optional.empty();
  }

  /**
   * Hints ({@link RecognitionHints#own}) that say how a file's arrays are to be read, and are no part of the
   * model: its configuration does not have them.
   */
  public Set<String> fileKeys() {
    return Set.of();
  }

  /**
   * Buffers that an implementation wants in a file beside the parameters.
   *
   * @param named the parameters under the implementation's names
   * @param spec the model; null if it is not known
   * @return the parameters with the buffers
   */
  public StateDict withBuffers(StateDict named, Dialect dialect, @Nullable ModelSpec spec) {
    return named;
  }

  /**
   * An architecture as the implementation runs it whose weights are loaded; what it says itself stays as it
   * is.
   */
  public ModelSpec.Architecture as(Dialect dialect, ModelSpec.Architecture architecture) {
    return architecture;
  }

  /**
   * The architecture that a file's arrays show.
   *
   * @param shapes the arrays
   * @param dialect whose names they have
   * @param hints what arrays cannot show
   * @param notes for what had to be assumed, in sentences
   * @throws ModelConfigException saying what contradicts this family
   */
  public ModelDescription recognise(
      StateShapes shapes, Dialect dialect, RecognitionHints hints, RecognitionNotes notes) {
    throw new ModelConfigException(
        "the architecture of a model of type " + type()
            + " cannot be seen in its arrays; say which model it is (`model` or `config`)");
  }

  /**
   * What is assumed of a model that has a dialect's names only by a user's rules.
   *
   * @param dialect whose names they are then
   * @param said of the model
   */
  public void assumeOfRenamed(Dialect dialect, RecognitionHints said, RecognitionNotes notes) {}

  /**
   * An architecture without what an implementation decides and training changes, to find the same one by
   * its name.
   */
  public ModelSpec.Architecture comparable(ModelSpec spec) {
    return spec.architecture();
  }

  /**
   * Why arrays of a relative of these models, which the engine does not have, are not this family's; empty
   * if none is.
   */
  public String relative(Set<String> names) {
    return "";
  }

  /** What the weights of a model cannot show; {@link #heeded} says what counts. */
  public RecognitionHints hints(ModelSpec spec) {
    return heeded(RecognitionHints.NONE.withImage(spec.imageHeight(), spec.imageWidth()));
  }

  /**
   * What {@link #recognise} takes of hints that stand beside a file, as in a repository of the Hugging Face
   * Hub.
   */
  public RecognitionHints heeded(RecognitionHints said) {
    return said;
  }

  /** {@code model_type} of such models in a {@code config.json} of Hugging Face's transformers. */
  public Set<String> transformersTypes() {
    return Set.of();
  }

  /** How the implementation of a dialect resizes tables of positions. */
  public PositionResizing resizing(Dialect dialect) {
    return dialect.equals(Dialect.HUGGING_FACE) ? PositionResizing.HUGGING_FACE : PositionResizing.TIMM;
  }

  /**
   * What positions a parameter is about, if it is a table that may be resized; empty if not.
   *
   * @param shape that the model's has
   */
  public Optional<PositionTable> positions(String path, long[] shape, ModelSpec spec) {
    return Optional.empty();
  }

  /** Whether a model can start from weights of another family, which give it some of its values. */
  public boolean startsFrom(String family) {
    return false;
  }

  /**
   * Gives a model what weights of another family have for it, where {@link #startsFrom} is true.
   *
   * @throws ModelConfigException if not one array fits
   */
  public LoadReport start(Model model, NamedWeights weights) {
    throw new ModelConfigException("a model of type " + type() + " does not start from another's weights");
  }

  /**
   * How images are prepared for published models; {@link InputConvention#of} asks.
   *
   * @param dialect whose models they are
   * @param rows of an image
   * @param parameters the paths of the model's
   * @param name the model's, such as {@code deit_tiny_patch16_224}; empty if it is not known
   */
  public InputConvention input(Dialect dialect, int rows, Set<String> parameters, String name) {
    return InputConvention.usual(dialect, rows);
  }
}
