package org.swinengine.data.augment;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.swinengine.data.DrawnTransform;
import org.swinengine.data.GeometricTransform;
import org.swinengine.data.Interpolation;
import org.swinengine.data.SampleRandom;

/**
 * Applies one of the pairs of operations that were found best for ImageNet (Cubuk et al., "AutoAugment",
 * 2018), as timm does it. {@link AugmentationPolicy#parse} reads their names.
 */
public final class AutoAugment implements GeometricTransform {
  /** What stands in the paper: operation, probability and level of each. */
  private static final String ORIGINAL =
      """
          PosterizeOriginal 0.4 8; Rotate 0.6 9
          Solarize 0.6 5; AutoContrast 0.6 5
          Equalize 0.8 8; Equalize 0.6 3
          PosterizeOriginal 0.6 7; PosterizeOriginal 0.6 6
          Equalize 0.4 7; Solarize 0.2 4
          Equalize 0.4 4; Rotate 0.8 8
          Solarize 0.6 3; Equalize 0.6 7
          PosterizeOriginal 0.8 5; Equalize 1.0 2
          Rotate 0.2 3; Solarize 0.6 8
          Equalize 0.6 8; PosterizeOriginal 0.4 6
          Rotate 0.8 8; Color 0.4 0
          Rotate 0.4 9; Equalize 0.6 2
          Equalize 0.0 7; Equalize 0.8 8
          Invert 0.6 4; Equalize 1.0 8
          Color 0.6 4; Contrast 1.0 8
          Rotate 0.8 8; Color 1.0 2
          Color 0.8 8; Solarize 0.8 7
          Sharpness 0.4 7; Invert 0.6 8
          ShearX 0.6 5; Equalize 1.0 9
          Color 0.4 0; Equalize 0.6 3
          Equalize 0.4 7; Solarize 0.2 4
          Solarize 0.6 5; AutoContrast 0.6 5
          Invert 0.6 4; Equalize 1.0 8
          Color 0.6 4; Contrast 1.0 8
          Equalize 0.8 8; Equalize 0.6 3
          """;

  /** That of EfficientNet. */
  private static final String V0 =
      """
          Equalize 0.8 1; ShearY 0.8 4
          Color 0.4 9; Equalize 0.6 3
          Color 0.4 1; Rotate 0.6 8
          Solarize 0.8 3; Equalize 0.4 7
          Solarize 0.4 2; Solarize 0.6 2
          Color 0.2 0; Equalize 0.8 8
          Equalize 0.4 8; SolarizeAdd 0.8 3
          ShearX 0.2 9; Rotate 0.6 8
          Color 0.6 1; Equalize 1.0 2
          Invert 0.4 9; Rotate 0.6 0
          Equalize 1.0 9; ShearY 0.6 3
          Color 0.4 7; Equalize 0.6 0
          Posterize 0.4 6; AutoContrast 0.4 7
          Solarize 0.6 8; Color 0.6 9
          Solarize 0.2 4; Rotate 0.8 9
          Rotate 1.0 7; TranslateYRel 0.8 9
          ShearX 0.0 0; Solarize 0.8 4
          ShearY 0.8 0; Color 0.6 4
          Color 1.0 0; Rotate 0.6 2
          Equalize 0.8 4; Equalize 0.0 8
          Equalize 1.0 4; AutoContrast 0.6 2
          ShearY 0.4 7; SolarizeAdd 0.6 7
          Posterize 0.8 2; Solarize 0.6 10
          Solarize 0.6 8; Equalize 0.6 1
          Color 0.8 6; Rotate 0.4 5
          """;

  private static final String THREE =
      """
          Solarize 1.0 5
          Desaturate 1.0 10
          GaussianBlurRand 1.0 10
          """;

  private final String text;
  private final List<List<LeveledOperation>> policies;
  private final Painting painting;

  private AutoAugment(String text, List<List<LeveledOperation>> policies, Painting painting) {
    this.text = text;
    this.policies = policies;
    this.painting = painting;
  }

  static AutoAugment parse(String name, String text, Painting painting) {
    PolicyText settings = new PolicyText(text, name);
    double deviation = settings.number("mstd", 0, 0, Double.MAX_VALUE);
    settings.requireAllKnown("mstd (deviation of the level)");
    String table = switch (name) {
      case "original" -> ORIGINAL;
      // The newer form: more bits are lost at a higher level.
      case "originalr" -> ORIGINAL.replace("PosterizeOriginal", "PosterizeIncreasing");
      case "v0" -> V0;
      case "v0r" -> V0.replace("Posterize", "PosterizeIncreasing");
      case "3a" -> THREE;
      default -> throw new IllegalStateException(name);
    };
    List<List<LeveledOperation>> policies = new ArrayList<>();
    for (String line : table.strip().split("\n")) {
      policies.add(Arrays.stream(line.split(";")).map(entry -> operation(entry, deviation)).toList());
    }
    return new AutoAugment(text, List.copyOf(policies), painting);
  }

  private static LeveledOperation operation(String entry, double deviation) {
    String[] words = entry.strip().split(" ");
    TimmOperation operation =
        Arrays.stream(TimmOperation.values()).filter(o -> o.timmName().equals(words[0])).findFirst()
            .orElseThrow();
    return new LeveledOperation(
        operation, Double.parseDouble(words[1]), Double.parseDouble(words[2]), deviation,
        LeveledOperation.USUAL_MOST);
  }

  /** The same with one filter in place of bilinear or bicubic at random, as timm has it by default. */
  public AutoAugment withInterpolation(Interpolation filter) {
    return new AutoAugment(text, policies, new Painting(filter, painting.fill()));
  }

  List<List<LeveledOperation>> policies() {
    return policies;
  }

  @Override
  public DrawnTransform draw(int height, int width, SampleRandom random) {
    List<DrawnTransform> steps = new ArrayList<>();
    for (LeveledOperation operation : policies.get(random.uniformInt(policies.size()))) {
      steps.add(operation.draw(height, width, painting, random));
    }
    return new DrawnSequence(steps);
  }

  /** What was parsed. */
  @Override
  public String toString() {
    return "AutoAugment[" + text + "]";
  }
}
