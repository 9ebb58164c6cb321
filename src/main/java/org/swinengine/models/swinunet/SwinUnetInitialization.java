package org.swinengine.models.swinunet;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.swinengine.autograd.Parameter;
import org.swinengine.models.ModelConfigException;
import org.swinengine.models.ParameterNames;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.StateDict;

/**
 * A Swin-Unet's first weights, from a Swin Transformer's: the original's {@code load_from}. The encoder takes
 * the arrays of its names, and the decoder's blocks those of the encoder's blocks at their scale:
 * {@code layers.i} goes to {@code layers_up.(n − 1 − i)} too. What has another shape is left out. The authors
 * found both halves to matter for their results.
 *
 * @param weights by the Swin-Unet's names; what is missing keeps the model's own first values
 * @param encoder parameters that got the array of their name
 * @param decoder parameters that got the encoder's
 * @param missing parameters for which there is nothing: patch expanding, {@code concat_back_dim},
 *     {@code norm_up}, {@code up}, {@code output}
 * @param mismatched parameters whose array has another shape, with both shapes
 * @param unused arrays that went nowhere: the head, and blocks beyond the model's depths
 */
public record SwinUnetInitialization(
    StateDict weights,
    List<String> encoder,
    List<String> decoder,
    List<String> missing,
    List<String> mismatched,
    List<String> unused) {
  private static final Pattern DECODER_BLOCK = Pattern.compile("layers_up\\.(\\d+)\\.(blocks\\..+)");

  /**
   * Maps weights.
   *
   * @param swin a Swin Transformer's, by Microsoft's names (a dialect's {@code toEngine} makes them)
   * @param model for whose parameters
   * @throws ModelConfigException if not one array fits
   */
  public static SwinUnetInitialization fromSwin(StateDict swin, SwinUnet model) {
    int last = ((SwinUnetConfig) model.spec().architecture()).encoder().stages() - 1;
    List<String> encoder = new ArrayList<>();
    List<String> decoder = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    List<String> mismatched = new ArrayList<>();
    Set<String> used = new LinkedHashSet<>();
    Map<String, ArrayData> arrays = new LinkedHashMap<>();
    for (Parameter parameter : model.parameters()) {
      String path = parameter.path();
      Matcher block = DECODER_BLOCK.matcher(path);
      boolean mirrored = block.matches();
      String source =
          mirrored ? "layers." + (last - Integer.parseInt(block.group(1))) + "." + block.group(2) : path;
      if (!swin.contains(source)) {
        missing.add(path);
        continue;
      }
      ArrayData array = swin.get(source);
      used.add(source);
      if (!Arrays.equals(array.shape(), parameter.shape().longDims())) {
        mismatched.add(path + " " + Arrays.toString(array.shape()) + " instead of " + parameter.shape());
      } else {
        arrays.put(path, array);
        (mirrored ? decoder : encoder).add(path);
      }
    }
    if (arrays.isEmpty()) {
      throw new ModelConfigException(
          "none of the " + swin.size() + " arrays fits " + model.spec().name()
              + "; its encoder can start from a Swin Transformer V1 with the same channels and patch size");
    }
    StateDict.Builder weights = StateDict.builder();
    arrays.forEach(weights::put);
    List<String> unused =
        swin.names().stream().filter(name -> !used.contains(name) && !ParameterNames.tables().isBuffer(name))
            .toList();
    return new SwinUnetInitialization(
        weights.build(), List.copyOf(encoder), List.copyOf(decoder), List.copyOf(missing),
        List.copyOf(mismatched), unused);
  }

  /** One line: {@code 91 arrays for the encoder, 76 for the decoder, …}. */
  @Override
  public String toString() {
    return encoder.size() + " arrays for the encoder, " + decoder.size() + " for the decoder, "
        + missing.size() + " parameters keep their first values, " + mismatched.size()
        + " of another shape, " + unused.size() + " arrays unused";
  }
}
