package org.swinengine.inference;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.PixelBatch;
import org.swinengine.data.ImagePipeline;
import org.swinengine.data.RawImage;
import org.swinengine.models.InputConvention;
import org.swinengine.models.LoadReport;
import org.swinengine.models.Model;
import org.swinengine.models.ModelFamilies;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;
import org.swinengine.nn.ForwardMode;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;
import org.swinengine.tensor.Tensor;
import org.swinengine.weights.ArrayData;

/**
 * A model with its weights on a device, ready to classify. {@link #predict} and {@link #logits} may be called
 * from many threads at once.
 *
 * <pre>{@code
 * LoadedModel model = LoadedModel.open(Path.of("runs/flowers/best.safetensors"), backend);
 * String name = model.predict(ImageDecoder.decode(Path.of("photo.jpg"))).first().name();
 * }</pre>
 */
public final class LoadedModel {
  private final Model model;
  private final Backend backend;
  private final ClassNames classNames;
  private final Preprocessing preprocessing;
  private final ImagePipeline pipeline;
  private final LoadReport report;
  private final Optional<TrainedData> trainedData;
  private final Optional<double[]> thresholds;
  private final @Nullable StoredCalibration calibration;
  private final Map<String, String> metadata;
  private final GraphedForward forward;

  private LoadedModel(
      ModelSpec spec,
      WeightSource weights,
      ClassNames classNames,
      Preprocessing preprocessing,
      Backend backend) {
    this.backend = backend;
    this.classNames = classNames;
    this.preprocessing = preprocessing;
    pipeline = preprocessing.pipeline();
    ModelFamilies.of(spec).prepare(backend);
    model = Models.create(spec);
    model.requireComputableOn(backend);
    // Frozen, so that there is no gradient memory.
    for (Parameter parameter : model.parameters()) {
      parameter.setTrainable(false);
    }
    // The parameters hold the arena's memory.
    new ParameterArena(backend, model.parameters(), 0, weights.given(model));
    report = weights.loadAll(model);
    trainedData = weights.trainedData();
    thresholds = weights.thresholds(spec.classes());
    calibration = weights.calibration(spec.classes()).orElse(null);
    metadata = weights.metadata();
    forward = new GraphedForward(model, backend);
  }

  private LoadedModel(LoadedModel other, @Nullable StoredCalibration calibration) {
    model = other.model;
    backend = other.backend;
    classNames = other.classNames;
    preprocessing = other.preprocessing;
    pipeline = other.pipeline;
    report = other.report;
    trainedData = other.trainedData;
    thresholds = other.thresholds;
    metadata = other.metadata;
    forward = other.forward;
    this.calibration = calibration;
  }

  /**
   * Opens a file of weights that says itself what model it is ({@code best.safetensors}, {@code
   * last.safetensors}), or whose names and shapes show it.
   *
   * @throws org.swinengine.models.ModelConfigException if they do not
   * @throws org.swinengine.weights.WeightFileException if it cannot be read
   */
  public static LoadedModel open(Path weights, Backend backend) {
    return open(weights, OpenOptions.DEFAULT, backend);
  }

  /**
   * Opens any weights of a model.
   *
   * @throws org.swinengine.weights.WeightFileException if the file cannot be read
   * @throws org.swinengine.models.ModelConfigException if it holds another model's weights
   */
  public static LoadedModel open(Path weights, ModelSpec spec, Backend backend) {
    return open(weights, OpenOptions.DEFAULT.withSpec(spec), backend);
  }

  /**
   * Opens any weights. Class names and preprocessing are the file's where it has them, else those of the
   * {@link HubConfig} beside it, else {@link ClassNames the usual ones}, and what the implementation does
   * whose names it has, {@link InputConvention}.
   *
   * @throws org.swinengine.weights.WeightFileException if the file cannot be read
   * @throws org.swinengine.models.ModelConfigException if it holds another model's weights, or it cannot be
   * told which
   */
  public static LoadedModel open(Path weights, OpenOptions options, Backend backend) {
    return open(WeightSource.of(weights).with(options), backend);
  }

  /**
   * Opens weights by any name, {@link WeightSource#of(String)}.
   *
   * @throws org.swinengine.pretrained.PretrainedException if there is no such thing, or it cannot be
   *     downloaded
   */
  public static LoadedModel open(String weights, Backend backend) {
    return open(WeightSource.of(weights), backend);
  }

  /** Opens weights. Errors are those of {@link #open(Path, OpenOptions, Backend)}. */
  public static LoadedModel open(WeightSource weights, Backend backend) {
    OpenOptions options = weights.options();
    ModelSpec spec = options.images().applyTo(options.loading().withChosenClasses(weights.spec()));
    ClassNames classNames = ClassNames.of(weights, options.classNames(), spec.classes());
    if (classNames.names().size() != spec.classes()) {
      boolean given = classNames.source() == ClassNames.Source.GIVEN;
      throw new CheckpointException(
          (given ? "there are names of " : weights.file() + " names ") + classNames.names().size()
              + " classes, but the model " + spec.name() + " has " + spec.classes()
              + (given ? "; give a name for each" : "; give the model that it was made with"));
    }
    return new LoadedModel(
        spec, weights, classNames, options.prepare().apply(weights.preprocessing(spec)), backend);
  }

  public Model model() {
    return model;
  }

  public Backend backend() {
    return backend;
  }

  /** Names of the classes; the index is the class number. */
  public List<String> classNames() {
    return classNames.names();
  }

  /** Where these names come from. */
  public ClassNames.Source classNamesSource() {
    return classNames.source();
  }

  /** How pictures become the model's input. */
  public Preprocessing preprocessing() {
    return preprocessing;
  }

  /** What loading the weights did. */
  public LoadReport report() {
    return report;
  }

  /** Which data it was trained on, where its checkpoint says so. */
  public Optional<TrainedData> trainedData() {
    return trainedData;
  }

  /**
   * Above which probability each class is said, where the model says yes or no to each: those that training
   * chose, or 0.5.
   *
   * @return empty of a model whose images have one class
   */
  public Optional<double[]> thresholds() {
    return thresholds.map(double[]::clone);
  }

  /** What its file says under a name of its metadata. */
  public Optional<String> said(String key) {
    return Optional.ofNullable(metadata.get(key));
  }

  /**
   * How sure the model may be, where its checkpoint says so, as those of complete runs do: {@link #predict}
   * divides logits by its temperature, which changes no order of classes, and its scores give sets of
   * classes.
   */
  public Optional<StoredCalibration> calibration() {
    return Optional.ofNullable(calibration);
  }

  /**
   * The same model with another calibration, or without one: probabilities are then the softmax of the logits
   * as they are.
   *
   * @throws IllegalArgumentException if it is of another number of classes
   */
  public LoadedModel withCalibration(@Nullable StoredCalibration other) {
    if (other != null && other.classes() != model.spec().classes()) {
      throw new IllegalArgumentException(
          "the calibration is of " + other.classes() + " classes, but the model " + model.spec().name()
              + " has " + model.spec().classes() + "; take one that was measured with this model");
    }
    return new LoadedModel(this, other);
  }

  /** Classifies a picture of any size. */
  public Prediction predict(RawImage image) {
    return predict(List.of(image)).get(0);
  }

  /** Classifies pictures of any size in one batch. */
  public List<Prediction> predict(List<RawImage> images) {
    return predict(prepare(images), images.size());
  }

  /** Classifies pictures that were prepared ahead. */
  public List<Prediction> predict(PictureBatch batch) {
    return predict(Prepared.of(batch), batch.size());
  }

  private List<Prediction> predict(Prepared input, int n) {
    model.spec().requireClassification("predict");
    return predictions(logits(input, n), n, calibration == null ? 1 : calibration.divisor());
  }

  /** What logits [n, classes] say, those of one class an image divided by a temperature. */
  List<Prediction> predictions(float[] logits, int n, double temperature) {
    int classes = classNames().size();
    return IntStream.range(0, n)
        .mapToObj(
            i -> thresholds.isPresent()
                ? Prediction.ofAnswers(logits, i * classes, classNames(), thresholds.get())
                : Prediction.of(logits, i * classes, classNames(), temperature))
        .toList();
  }

  /**
   * Features of pictures that were prepared ahead.
   *
   * @return {@code [n, …]}: rows of numbers, or the maps of a stage
   */
  public ArrayData features(PictureBatch batch, FeatureLayer layer) {
    return run(Prepared.of(batch), batch.size(), images -> List.of(layer.of(images, model))).get(0);
  }

  /** Features of a picture of any size, in one row. */
  public float[] features(RawImage image, FeatureLayer layer) {
    return run(prepare(List.of(image)), 1, images -> List.of(layer.of(images, model))).get(0).toFloats();
  }

  /** A picture of any size as the model's input, {@code [channels, height, width]}. */
  public float[] prepared(RawImage image) {
    return input(List.of(image));
  }

  /** Pictures of any size as the model's input, {@code [n, channels, height, width]}. */
  private float[] input(List<RawImage> images) {
    int floats = pipeline.floatsPerImage();
    float[] input = new float[Math.multiplyExact(images.size(), floats)];
    for (int i = 0; i < images.size(); i++) {
      pipeline.run(images.get(i), 0, 0, i, input, i * floats);
    }
    return input;
  }

  /**
   * What the model has to say of a picture of any size, for search by similarity: {@link Model#embedding}.
   */
  public float[] embed(RawImage image) {
    return embed(List.of(image)).get(0);
  }

  /** {@link #embed(RawImage)} of pictures of any size in one batch. */
  public List<float[]> embed(List<RawImage> images) {
    int n = images.size();
    if (n == 0) {
      return List.of();
    }
    float[] all =
        run(prepare(images), n, batch -> List.of(model.embedding(batch, ForwardMode.EVALUATION))).get(0)
            .toFloats();
    int length = all.length / n;
    return IntStream.range(0, n).mapToObj(i -> Arrays.copyOfRange(all, i * length, (i + 1) * length))
        .toList();
  }

  /**
   * The outputs of the model's stages for a picture of any size: {@link Model#stageMaps}.
   *
   * @param wanted numbers of {@link Model#stages}; none: all
   * @return of each stage {@code [1, height, width, channels]}
   */
  public List<ArrayData> stageMaps(RawImage image, int... wanted) {
    return run(prepare(List.of(image)), 1, batch -> model.stageMaps(batch, ForwardMode.EVALUATION, wanted));
  }

  /**
   * The logits of images that are preprocessed already.
   *
   * @param images {@code [n, channels, height, width]}; one channel where the model takes that as well
   * @param n number of images
   * @return {@code [n, classes]}, or {@code [n, classes, height, width]} of a model that segments
   */
  public float[] logits(float[] images, int n) {
    Shape shape = shape(images, n);
    ShapeException.check(
        images.length == shape.elements(), model.spec().name(), "images of %s have %d numbers, not %d", shape,
        shape.elements(), images.length);
    return forward.apply(images, shape, logits -> logits.value().toFloats());
  }

  private float[] logits(Prepared images, int n) {
    PixelBatch pixels = images.pixels();
    return pixels == null
        ? logits(Objects.requireNonNull(images.floats()), n)
        : forward.apply(pixels, logits -> logits.value().toFloats());
  }

  private List<ArrayData> run(Prepared images, int n, Function<Variable, List<Variable>> results) {
    try (Scope scope = Scope.open();
        Tape.Pause pause = Tape.pause()) {
      Variable input = Variable.constant(onDevice(images, n));
      return results.apply(input).stream().map(LoadedModel::onHost).toList();
    }
  }

  private Shape shape(float[] images, int n) {
    ModelSpec spec = model.spec();
    boolean grey = model.takesChannels(1) && images.length == n * spec.imageHeight() * spec.imageWidth();
    return Shape.of(n, grey ? 1 : spec.channels(), spec.imageHeight(), spec.imageWidth());
  }

  private Tensor onDevice(Prepared images, int n) {
    ModelSpec spec = model.spec();
    PixelBatch pixels = images.pixels();
    if (pixels != null) {
      Tensor input =
          Tensor.empty(backend, Shape.of(n, pixels.channels(), spec.imageHeight(), spec.imageWidth()));
      backend.memory().uploadPixels(pixels, input);
      return input;
    }
    float[] floats = Objects.requireNonNull(images.floats());
    return Tensor.of(backend, shape(floats, n), floats);
  }

  /** Pictures as one of the two: floats, or pixels that the device makes floats of. */
  private record Prepared(float @Nullable [] floats, @Nullable PixelBatch pixels) {
    static Prepared of(PictureBatch batch) {
      return batch.pixels() == null ? new Prepared(batch.input(), null) : new Prepared(null, batch.pixels());
    }
  }

  /** Pictures of any size as the device wants them. */
  private Prepared prepare(List<RawImage> images) {
    float[] levels = backend.prefersPixels() ? pipeline.levels() : null;
    if (levels == null) {
      return new Prepared(input(images), null);
    }
    int bytes = pipeline.floatsPerImage();
    byte[] all = new byte[Math.multiplyExact(images.size(), bytes)];
    for (int i = 0; i < images.size(); i++) {
      System.arraycopy(pipeline.pixels(images.get(i), 0, 0, i), 0, all, i * bytes, bytes);
    }
    return new Prepared(
        null,
        new PixelBatch(
            all, images.size(), pipeline.channels(), pipeline.height(), pipeline.width(), levels, null));
  }

  private static ArrayData onHost(Variable result) {
    return ArrayData.ofFloats(result.shape().longDims(), result.value().toFloats());
  }
}
