package org.swinengine.inference;

import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.swinengine.models.ImageShape;
import org.swinengine.models.LoadOptions;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.RecognitionHints;
import org.swinengine.weights.Dialect;
import org.swinengine.weights.RenameRules;

/**
 * What is said about a file of weights besides its name.
 *
 * @param spec the model; null: what the file says, or what its names and shapes show
 * @param dialect whose names it has; null: recognised
 * @param rename applied to its names first
 * @param hints what arrays cannot show, where the model is to be recognised
 * @param loading how strictly its arrays have to fit
 * @param images that the model is to take
 * @param classNames names of the classes; null: what the file says
 * @param prepare changes how pictures become its input
 * @param key of a checkpoint's state dict, where it holds several; null: the usual one
 */
public record OpenOptions(
    @Nullable ModelSpec spec,
    @Nullable Dialect dialect,
    RenameRules rename,
    RecognitionHints hints,
    LoadOptions loading,
    @Nullable List<String> classNames,
    ImageShape images,
    UnaryOperator<Preprocessing> prepare,
    @Nullable String key) {
  /** The file says or shows everything. */
  public static final OpenOptions DEFAULT =
      new OpenOptions(
          null, null, RenameRules.NONE, RecognitionHints.NONE, LoadOptions.STRICT, null,
          ImageShape.USUAL, usual -> usual, null);

  /** The same for weights of this model. */
  public OpenOptions withSpec(ModelSpec model) {
    return new OpenOptions(model, dialect, rename, hints, loading, classNames, images, prepare, key);
  }

  /** The same with names to be read so. */
  public OpenOptions withNames(@Nullable Dialect names, RenameRules rules) {
    return new OpenOptions(spec, names, rules, hints, loading, classNames, images, prepare, key);
  }

  /** The same, arrays fitting so strictly. */
  public OpenOptions withLoading(LoadOptions how) {
    return new OpenOptions(spec, dialect, rename, hints, how, classNames, images, prepare, key);
  }

  /** The same with hints. */
  public OpenOptions withHints(RecognitionHints said) {
    return new OpenOptions(spec, dialect, rename, said, loading, classNames, images, prepare, key);
  }

  /** The same with names of the classes. */
  public OpenOptions withClassNames(List<String> names) {
    return new OpenOptions(spec, dialect, rename, hints, loading, List.copyOf(names), images, prepare, key);
  }

  /** The same for a model of such images: tables of positions are resized where it was of others. */
  public OpenOptions withImages(ImageShape shape) {
    return new OpenOptions(spec, dialect, rename, hints, loading, classNames, shape, prepare, key);
  }

  /** The same with changes to the way pictures are prepared. */
  public OpenOptions withPreparation(UnaryOperator<Preprocessing> pictures) {
    return new OpenOptions(spec, dialect, rename, hints, loading, classNames, images, pictures, key);
  }

  /** The same of the state dict under a key of the checkpoint, such as {@code model_ema}. */
  public OpenOptions withKey(@Nullable String name) {
    return new OpenOptions(spec, dialect, rename, hints, loading, classNames, images, prepare, name);
  }
}
