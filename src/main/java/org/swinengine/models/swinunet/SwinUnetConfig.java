package org.swinengine.models.swinunet;

import static org.swinengine.models.ModelSpec.require;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.swin.SwinConfig;

/**
 * A Swin-Unet (Cao et al. 2021, arXiv 2105.05537) but for its image size and classes. The decoder mirrors the
 * encoder: the same blocks, heads, windows and stochastic depth at each scale.
 *
 * @param encoder its stages; the last is the bottleneck
 * @param skips numbers of the encoder's stages whose input goes to the decoder, ascending; all but the last
 *     in the original
 */
public record SwinUnetConfig(SwinConfig encoder, List<Integer> skips) implements ModelSpec.Architecture {
  /** Checks that the numbers fit together. */
  public SwinUnetConfig {
    require(encoder.stages() > 1, "a Swin-Unet needs at least two stages, not %d", encoder.stages());
    skips = List.copyOf(new TreeSet<>(skips));
    for (int stage : skips) {
      require(
          stage >= 0 && stage < encoder.stages() - 1,
          "a skip connection from stage %d: only the stages 0 to %d have one",
          stage,
          encoder.stages() - 2);
    }
    require(
        (encoder.embedDim() << encoder.stages() - 1) % 2 == 0, "the channels of the bottleneck must be even");
  }

  /** The original: a skip connection at every scale. */
  public SwinUnetConfig(SwinConfig encoder) {
    this(encoder, all(encoder));
  }

  @Override
  public String type() {
    return "swin_unet";
  }

  @Override
  public ModelSpec.Task task() {
    return ModelSpec.Task.SEGMENTATION;
  }

  /**
   * The multiple of which both sides of an image must be: every merging must find an even number of tokens.
   */
  public int imageMultiple() {
    return encoder.patch() << encoder.stages() - 1;
  }

  /**
   * The scales with a skip connection as fractions of the image, the coarsest first:
   * {@code [1/16, 1/8, 1/4]}.
   */
  public List<String> scales() {
    List<String> scales = new ArrayList<>();
    for (int i = skips.size() - 1; i >= 0; i--) {
      scales.add("1/" + scale(encoder, skips.get(i)));
    }
    return scales;
  }

  /**
   * Stages for what a user asks for: a count, that many from the deepest scale up (as the paper
   * counts), or scales such as {@code 1/8,1/16}; {@code all} and {@code none} too.
   *
   * @throws org.swinengine.models.ModelConfigException saying what there is to choose from
   */
  public static List<Integer> skips(String text, SwinConfig encoder) {
    int scales = encoder.stages() - 1;
    String wanted = text.strip();
    if (wanted.equals("all")) {
      return all(encoder);
    }
    if (wanted.equals("none") || wanted.isEmpty()) {
      return List.of();
    }
    if (wanted.matches("\\d{1,9}")) {
      int count = Integer.parseInt(wanted);
      require(
          count <= scales, "%d skip connections: there are %d scales, %s", count, scales, choices(encoder));
      return IntStream.range(scales - count, scales).boxed().toList();
    }
    List<Integer> stages = new ArrayList<>();
    for (String part : wanted.split(",")) {
      int stage = stageOf(part.strip(), encoder);
      require(
          stage >= 0,
          "skip connections %s: there is no scale %s; expected a count from 0 to %d, or some of %s",
          text,
          part.strip(),
          scales,
          choices(encoder));
      stages.add(stage);
    }
    return stages;
  }

  private static int stageOf(String fraction, SwinConfig encoder) {
    for (int stage : all(encoder)) {
      if (fraction.equals("1/" + scale(encoder, stage))) {
        return stage;
      }
    }
    return -1;
  }

  private static List<Integer> all(SwinConfig encoder) {
    return IntStream.range(0, encoder.stages() - 1).boxed().toList();
  }

  private static String choices(SwinConfig encoder) {
    return String.join(",", all(encoder).stream().map(stage -> "1/" + scale(encoder, stage)).toList());
  }

  private static int scale(SwinConfig encoder, int stage) {
    return encoder.patch() << stage;
  }
}
