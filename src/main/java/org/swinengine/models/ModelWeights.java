package org.swinengine.models;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.swinengine.autograd.Parameter;
import org.swinengine.backend.DType;
import org.swinengine.tensor.Shape;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.Dialect;
import org.swinengine.weights.StateDict;

/** Moves weights between state dicts and a model that has its memory. */
public final class ModelWeights {
  private ModelWeights() {}

  /**
   * What loading did.
   *
   * @param dialect whose names the state dict has
   * @param loaded parameters that got their values
   * @param missing parameters for which there is nothing
   * @param unexpected arrays for which there is no parameter
   * @param mismatched parameters whose array has another shape, with both shapes
   */
  public record LoadReport(
      Dialect dialect, List<String> loaded, List<String> missing, List<String> unexpected, List<String> mismatched) {
    /** Whether every parameter was loaded and every array used. */
    public boolean isComplete() {
      return missing.isEmpty() && unexpected.isEmpty() && mismatched.isEmpty();
    }

    /** One line: {@code 173 loaded, 2 missing (head.weight, head.bias), 0 unexpected, 0 of another shape}. */
    @Override
    public String toString() {
      return loaded.size() + " loaded, " + some(missing, "missing") + ", " + some(unexpected, "unexpected") + ", "
          + some(mismatched, "of another shape");
    }

    private static String some(List<String> names, String what) {
      if (names.isEmpty()) {
        return "0 " + what;
      }
      String more = names.size() > 4 ? ", …" : "";
      return names.size() + " " + what + " (" + String.join(", ", names.subList(0, Math.min(4, names.size())))
          + more + ")";
    }
  }

  /**
   * Loads a state dict of any known dialect.
   *
   * @param source the file's name, for errors
   * @throws ModelConfigException if a parameter is missing or has another shape, or an array fits nowhere: nothing is
   *     changed then
   */
  public static LoadReport load(Model model, StateDict weights, String source) {
    Dialect dialect = Dialect.of(weights.names());
    StateDict named = dialect.toEngine(weights);
    Map<String, Parameter> parameters = new LinkedHashMap<>();
    model.parameters().forEach(parameter -> parameters.put(parameter.path(), parameter));
    List<String> loaded = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    List<String> mismatched = new ArrayList<>();
    for (Parameter parameter : parameters.values()) {
      String path = parameter.path();
      if (!named.contains(path)) {
        missing.add(path);
      } else if (!Arrays.equals(named.get(path).shape(), parameter.shape().longDims())) {
        mismatched.add(
            path + " " + Arrays.toString(named.get(path).shape()) + " instead of " + parameter.shape());
      } else {
        loaded.add(path);
      }
    }
    List<String> unexpected =
        named.names().stream().filter(name -> !parameters.containsKey(name)).toList();
    LoadReport report = new LoadReport(dialect, loaded, missing, unexpected, mismatched);
    if (!report.isComplete()) {
      throw new ModelConfigException(
          source + " does not hold the weights of " + model.spec().name() + " with " + model.spec().classes()
              + " classes: " + report + "; give the model that it was made with (--model or --cfg)");
    }
    loaded.forEach(name -> fill(parameters.get(name), named.get(name)));
    return report;
  }

  private static void fill(Parameter parameter, ArrayData array) {
    int n = Math.toIntExact(parameter.shape().elements());
    if (parameter.value().dtype() == DType.FLOAT64) {
      parameter.backend().memory().upload(array.toDoubles(), 0, parameter.value(), n);
    } else {
      parameter.backend().memory().upload(array.toFloats(), 0, parameter.value(), n);
    }
    parameter.touch();
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
