package org.swinengine.models;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.swinengine.autograd.Parameter;
import org.swinengine.backend.DType;
import org.swinengine.tensor.Shape;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.Dialect;
import org.swinengine.weights.NamedWeights;
import org.swinengine.weights.RenameRules;
import org.swinengine.weights.StateDict;

/** Moves weights between state dicts and a model that has its memory. */
public final class ModelWeights {
  private ModelWeights() {}

  /**
   * Loads a state dict of any known dialect, all of it.
   *
   * @param source the file's name, for errors
   * @throws ModelConfigException if a parameter is missing or has another shape, or an array fits nowhere:
   *     nothing is changed then
   */
  public static LoadReport load(Model model, StateDict weights, String source) {
    ModelFamily family = ModelFamilies.of(model.spec());
    NamedWeights named =
        family.nameTables().isEmpty()
            ? ParameterNames.of(weights, family, null, RenameRules.NONE)
            : ParameterNames.of(weights);
    return load(model, named, LoadOptions.STRICT, source);
  }

  /**
   * Loads weights. A model that can start from another family's ({@link ModelFamily#startsFrom}: a Swin-Unet
   * from a Swin Transformer's) does so where the options are not strict or ask for a new head.
   *
   * @param source the file's name, for errors
   * @throws ModelConfigException if they do not fit and the options are strict, or if nothing fits at all:
   *     nothing is changed then
   */
  public static LoadReport load(Model model, NamedWeights weights, LoadOptions options, String source) {
    ModelFamily family = ModelFamilies.of(model.spec());
    boolean others = startsFromOthers(model, weights);
    if (others && (options.newHead() || !options.strict())) {
      return family.start(model, weights);
    }
    Plan plan = new Plan(model, weights, options);
    LoadReport report = plan.report();
    boolean nothing = report.loaded().isEmpty() && report.resized().isEmpty();
    if (nothing || options.strict() && !plan.fits()) {
      String hint = weights.hint().isEmpty() ? "" : "; " + weights.hint();
      if (others) {
        hint += "; the type " + family.type() + " only starts from weights of the type "
            + weights.family().orElse("")
            + ", where `strict` is off";
      }
      throw new ModelConfigException(
          source + " does not hold the weights of " + model.spec().name() + " with " + model.spec().classes()
              + " classes: " + report + hint + plan.advice());
    }
    plan.fills.forEach(Fill::run);
    return plan.report();
  }

  /**
   * The parameters of a model that {@link #load} will give all their values, whatever its options, or fail:
   * they need no first values.
   */
  public static Predicate<Parameter> given(Model model, NamedWeights weights) {
    boolean whole = !startsFromOthers(model, weights);
    return parameter -> whole
        && !ParameterPlace.of(model, parameter.path()).isHead()
        && weights.weights().contains(parameter.path())
        && Arrays.equals(weights.weights().get(parameter.path()).shape(), parameter.shape().longDims());
  }

  private static boolean startsFromOthers(Model model, NamedWeights weights) {
    return weights.family().filter(ModelFamilies.of(model.spec())::startsFrom).isPresent();
  }

  /** One parameter's new values. */
  private interface Fill {
    void run();
  }

  /** What will be done, decided before anything is changed. */
  private static final class Plan {
    private final Model model;
    private final ModelSpec spec;
    private final NamedWeights weights;
    private final LoadOptions options;
    private final PositionResizing resizing;
    private final List<Fill> fills = new ArrayList<>();
    private final List<String> loaded = new ArrayList<>();
    private final List<String> resized = new ArrayList<>();
    private final List<String> replaced = new ArrayList<>();
    private final List<String> missing = new ArrayList<>();
    private final List<String> unexpected = new ArrayList<>();
    private final List<String> mismatched = new ArrayList<>();
    private final List<String> notFinite = new ArrayList<>();

    /**
     * Arrays without a parameter that keep the weights from fitting: they may be part of what the model
     * computes.
     */
    private final List<String> foreign = new ArrayList<>();

    Plan(Model model, NamedWeights weights, LoadOptions options) {
      this.model = model;
      spec = model.spec();
      this.weights = weights;
      this.options = options;
      resizing =
          options.resizing() != null
              ? options.resizing()
              : ModelFamilies.of(spec).resizing(weights.dialect());
      Map<String, Parameter> parameters = new LinkedHashMap<>();
      model.parameters().forEach(parameter -> parameters.put(parameter.path(), parameter));
      parameters.values().forEach(this::plan);
      weights.weights().names().stream()
          .filter(name -> !parameters.containsKey(name))
          .forEach(this::leaveOut);
    }

    private void leaveOut(String name) {
      unexpected.add(name + " " + Arrays.toString(weights.weights().get(name).shape()));
      boolean aside =
          weights.besides().contains(name)
              || options.newHead() && weights.isUnknown(name) && ParameterPlace.of(model, name).isHead();
      if (!aside) {
        foreign.add(name);
      }
    }

    /** Whether all that the model has got a value, and what is left over is none of it. */
    boolean fits() {
      return missing.isEmpty() && mismatched.isEmpty() && foreign.isEmpty();
    }

    /** What would help, after a semicolon each. */
    String advice() {
      String advice = "";
      if (missing.isEmpty() && mismatched.isEmpty()) {
        return "; leave out what is not the model's, with `rename` '^" + part(foreign.get(0))
            + "=>' for instance, or load what fits, where `strict` is off";
      }
      if (!missing.isEmpty() && missing.stream().allMatch(entry -> isHead(entry.split(" ")[0]))
          && mismatched.isEmpty()) {
        advice =
            "; these are the weights of a backbone without a head: train from it, which makes one"
                + " (`pretrained`)";
      }
      return advice + "; give the model that it was made with (`model` or `config`)"
          + (unexpected.isEmpty() ? ""
              : ", or other names where they are the model's (`rename` 'REGEX=>REPLACEMENT')");
    }

    private boolean isHead(String path) {
      return ParameterPlace.of(model, path).isHead();
    }

    /** A regular expression for an array and those beside it. */
    private static String part(String name) {
      int dot = name.indexOf('.');
      return dot < 0 ? name + "$" : name.substring(0, dot) + "\\..*";
    }

    private void plan(Parameter parameter) {
      String path = parameter.path();
      if (!weights.weights().contains(path)) {
        boolean made = options.newHead() && options.classRows() == null && isHead(path);
        if (made) {
          replaced.add(path + " " + parameter.shape() + ", which the file does not have");
          return;
        }
        missing.add(path + " " + parameter.shape());
        return;
      }
      ArrayData array = weights.weights().get(path);
      long[] wanted = parameter.shape().longDims();
      String both = path + " " + parameter.shape() + " instead of " + Arrays.toString(array.shape());
      if (ParameterPlace.of(model, path).isHead()
          && (options.classRows() != null || isOtherHead(array, wanted))) {
        planHead(parameter, array, both);
      } else if (Arrays.equals(array.shape(), wanted)) {
        loaded.add(path);
        fills.add(() -> fill(parameter, array, notFinite));
      } else {
        float[] resizedTable = resizing.resize(path, array, wanted, spec);
        boolean kernel = resizedTable == null && ParameterPlace.of(model, path).isEmbedding();
        float[] values = kernel ? InputChannels.adapt(array, wanted) : resizedTable;
        (values == null ? mismatched : resized).add(both);
        if (values != null) {
          fills.add(() -> fill(parameter, ArrayData.ofFloats(wanted, values), notFinite));
        }
      }
    }

    /** Whether a new head was asked for, and no more than the number of classes differs, if it does. */
    private boolean isOtherHead(ArrayData array, long[] wanted) {
      long[] given = array.shape();
      return options.newHead()
          && given.length == wanted.length
          && (options.otherClasses() || given[0] != wanted[0])
          && Arrays.equals(given, 1, given.length, wanted, 1, wanted.length);
    }

    private void planHead(Parameter parameter, ArrayData array, String both) {
      long[] wanted = parameter.shape().longDims();
      boolean asMany = Arrays.equals(array.shape(), wanted);
      replaced.add(asMany ? parameter.path() + ", for other classes" : both);
      if (options.classRows() != null) {
        float[] chosen = rows(array, parameter, options.classRows());
        fills.add(() -> fill(parameter, ArrayData.ofFloats(wanted, chosen), notFinite));
      } else if (weights.dialect().equals(Dialect.MICROSOFT)) {
        // load_pretrained of the Swin repository: logits of zero.
        float[] zeros = new float[Math.toIntExact(parameter.shape().elements())];
        fills.add(() -> fill(parameter, ArrayData.ofFloats(wanted, zeros), notFinite));
      }
    }

    LoadReport report() {
      return new LoadReport(
          weights.dialect(), loaded, List.of(), resized, replaced, missing, unexpected, mismatched,
          weights.buffers(),
          notFinite);
    }
  }

  private static float[] rows(ArrayData array, Parameter parameter, List<Integer> rows) {
    long[] given = array.shape();
    long[] wanted = parameter.shape().longDims();
    if (rows.size() != wanted[0] || !Arrays.equals(given, 1, given.length, wanted, 1, wanted.length)) {
      throw new ModelConfigException(
          "the class map has " + rows.size() + " rows, but " + parameter.path() + " is " + parameter.shape()
              + " and the weights hold " + Arrays.toString(given));
    }
    float[] values = array.toFloats();
    int width = values.length / Math.toIntExact(given[0]);
    float[] chosen = new float[rows.size() * width];
    for (int i = 0; i < rows.size(); i++) {
      int row = rows.get(i);
      if (row < 0 || row >= given[0]) {
        throw new ModelConfigException(
            "the class map names row " + row + ", but the weights' head has the rows 0 to " + (given[0] - 1));
      }
      System.arraycopy(values, row * width, chosen, i * width, width);
    }
    return chosen;
  }

  /**
   * Gives a parameter that has its memory the values of an array of its shape.
   *
   * @param notFinite receives the parameter's path and how many of them are no finite numbers, if any
   */
  public static void fill(Parameter parameter, ArrayData array, List<String> notFinite) {
    int n = Math.toIntExact(parameter.shape().elements());
    long strange;
    if (parameter.value().dtype() == DType.FLOAT64) {
      double[] values = array.toDoubles();
      strange = Arrays.stream(values).filter(value -> !Double.isFinite(value)).count();
      parameter.backend().memory().upload(values, 0, parameter.value(), n);
    } else {
      float[] values = array.toFloats();
      strange = notFinite(values);
      parameter.backend().memory().upload(values, 0, parameter.value(), n);
    }
    if (strange > 0) {
      notFinite.add(parameter.path() + ": " + strange + " of " + n);
    }
    parameter.touch();
  }

  private static long notFinite(float[] values) {
    long count = 0;
    for (float value : values) {
      count += Float.isFinite(value) ? 0 : 1;
    }
    return count;
  }

  /** The model's weights as float32 under the engine's names. */
  public static StateDict save(Model model) {
    StateDict.Builder builder = StateDict.builder();
    for (Parameter parameter : model.parameters()) {
      Shape shape = parameter.shape();
      builder.put(parameter.path(), ArrayData.ofFloats(shape.longDims(), parameter.value().toFloats()));
    }
    return builder.build();
  }
}
