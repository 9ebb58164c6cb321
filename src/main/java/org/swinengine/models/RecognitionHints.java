package org.swinengine.models;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a user says about a model where its arrays cannot: null for everything that is not said.
 *
 * @param heads attention heads of a ViT, whose shapes are the same for any number of them
 * @param imageHeight rows of the images
 * @param imageWidth columns of the images
 * @param window side of the windows of a Swin Transformer V2, whose weights are the same for any window
 * @param pretrainedWindows for each stage of a Swin Transformer V2 the window of an earlier training, 0 for
 *     none
 * @param classes number of classes of a model without a head
 * @param normEpsilon LayerNorm's epsilon in a ViT where it is not the dialect's, such as PyTorch's 1e-5
 * @param own other keys of the architecture's section in a configuration and their values, such as {@code
 *     NORM_ORDER: post}
 */
public record RecognitionHints(
    @Nullable Integer heads,
    @Nullable Integer imageHeight,
    @Nullable Integer imageWidth,
    @Nullable Integer window,
    @Nullable List<Integer> pretrainedWindows,
    @Nullable Integer classes,
    @Nullable Double normEpsilon,
    Map<String, String> own) {
  /** Nothing said. */
  public static final RecognitionHints NONE =
      new RecognitionHints(null, null, null, null, null, null, null, Map.of());

  /** Copies what was said. */
  public RecognitionHints {
    own = Map.copyOf(own);
  }

  /** The same with a number of heads. */
  public RecognitionHints withHeads(int number) {
    return new RecognitionHints(number, imageHeight, imageWidth, window, pretrainedWindows, classes,
        normEpsilon, own);
  }

  /** The same with an image size. */
  public RecognitionHints withImage(int height, int width) {
    return new RecognitionHints(heads, height, width, window, pretrainedWindows, classes, normEpsilon, own);
  }

  /** The same with a window size. */
  public RecognitionHints withWindow(int side) {
    return new RecognitionHints(heads, imageHeight, imageWidth, side, pretrainedWindows, classes, normEpsilon,
        own);
  }

  /** The same with the windows of an earlier training. */
  public RecognitionHints withPretrainedWindows(List<Integer> sides) {
    return new RecognitionHints(heads, imageHeight, imageWidth, window, List.copyOf(sides), classes,
        normEpsilon, own);
  }

  /** The same with a key of the architecture's section. */
  public RecognitionHints withOwn(String key, String value) {
    Map<String, String> more = new HashMap<>(own);
    more.put(key, value);
    return new RecognitionHints(
        heads, imageHeight, imageWidth, window, pretrainedWindows, classes, normEpsilon, more);
  }

  /** The same, and what else others say. */
  public RecognitionHints orElse(RecognitionHints others) {
    boolean image = imageHeight != null;
    Map<String, String> both = new HashMap<>(others.own);
    both.putAll(own);
    return new RecognitionHints(
        or(heads, others.heads),
        image ? imageHeight : others.imageHeight,
        image ? imageWidth : others.imageWidth,
        or(window, others.window),
        or(pretrainedWindows, others.pretrainedWindows),
        or(classes, others.classes),
        or(normEpsilon, others.normEpsilon),
        both);
  }

  private static <T> @Nullable T or(@Nullable T said, @Nullable T other) {
    return said != null ? said : other;
  }

  /** The same with a number of classes. */
  public RecognitionHints withClasses(int number) {
    return new RecognitionHints(heads, imageHeight, imageWidth, window, pretrainedWindows, number,
        normEpsilon, own);
  }

  /** The same with an epsilon. */
  public RecognitionHints withNormEpsilon(double epsilon) {
    return new RecognitionHints(heads, imageHeight, imageWidth, window, pretrainedWindows, classes, epsilon,
        own);
  }
}
