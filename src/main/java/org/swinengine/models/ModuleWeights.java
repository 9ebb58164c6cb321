package org.swinengine.models;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.swinengine.autograd.Parameter;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.nn.Module;
import org.swinengine.tensor.Tensor;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.StateDict;
import org.swinengine.weights.WeightFiles;

/**
 * Weights of any module, in files under its parameters' paths: the keys that PyTorch's state dict has for a
 * module of the same build. For models of the known families {@link ModelWeights} knows the names of other
 * implementations too.
 */
public final class ModuleWeights {
  private ModuleWeights() {}

  /**
   * Places a module on a device with the weights of a file, {@code .safetensors} or {@code .pth}.
   *
   * @return the module
   * @throws ModelConfigException if the file lacks a parameter, has one of another shape, or one more
   * @throws org.swinengine.weights.WeightFileException if it cannot be read
   */
  public static <M extends Module> M load(M module, Path file, Backend backend) {
    module.requireComputableOn(backend);
    StateDict weights = WeightFiles.read(file);
    requireFit(module, weights, file.toString());
    new ParameterArena(backend, module.parameters(), 0, parameter -> true);
    fill(module, weights);
    return module;
  }

  /**
   * Loads a state dict into a module that has its memory.
   *
   * @param source the file's name, for errors
   * @throws ModelConfigException if a parameter is missing or has another shape, or an array belongs to
   *     none: nothing is changed then
   */
  public static void load(Module module, StateDict weights, String source) {
    requireFit(module, weights, source);
    fill(module, weights);
  }

  private static void requireFit(Module module, StateDict weights, String source) {
    List<String> wrong = new ArrayList<>();
    for (Parameter parameter : module.parameters()) {
      if (!weights.contains(parameter.path())) {
        wrong.add("it has no " + parameter.path());
      } else if (!Arrays.equals(weights.get(parameter.path()).shape(), parameter.shape().longDims())) {
        wrong.add(
            parameter.path() + " is " + Arrays.toString(weights.get(parameter.path()).shape())
                + " instead of "
                + parameter.shape());
      }
    }
    List<String> known = module.parameters().stream().map(Parameter::path).toList();
    weights.names().stream().filter(name -> !known.contains(name))
        .forEach(name -> wrong.add(name + " is not the net's"));
    if (!wrong.isEmpty()) {
      String more = wrong.size() > 3 ? " and " + (wrong.size() - 3) + " more" : "";
      throw new ModelConfigException(
          source + " does not hold the weights of this net: "
              + String.join(", ", wrong.subList(0, Math.min(3, wrong.size()))) + more
              + "; give the file of a net of the same layers");
    }
  }

  private static void fill(Module module, StateDict weights) {
    module.parameters().forEach(
        parameter -> {
          upload(weights.get(parameter.path()), parameter.value());
          parameter.touch();
        });
  }

  /**
   * A module's weights, to be written by {@link org.swinengine.weights.Safetensors#write}; read from the
   * device when the file is written, in the device's precision.
   */
  public static StateDict of(Module module) {
    StateDict.Builder dict = StateDict.builder();
    module.parameters().forEach(parameter -> dict.put(parameter.path(), array(parameter.value())));
    return dict.build();
  }

  /**
   * A tensor for a file, in the device's precision. It is read when the file is written, so that writing a
   * checkpoint takes the memory of one tensor at a time.
   */
  public static ArrayData array(Tensor tensor) {
    long[] shape = tensor.shape().longDims();
    return tensor.dtype() == DType.FLOAT64
        ? ArrayData.ofDoubles(shape, tensor::toDoubles)
        : ArrayData.ofFloats(shape, tensor::toFloats);
  }

  /** Copies an array of as many elements into a tensor. */
  public static void upload(ArrayData array, Tensor to) {
    int n = Math.toIntExact(to.elements());
    if (to.dtype() == DType.FLOAT64) {
      to.backend().memory().upload(array.toDoubles(), 0, to, n);
    } else {
      to.backend().memory().upload(array.toFloats(), 0, to, n);
    }
  }
}
