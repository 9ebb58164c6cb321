package org.swinengine.inference;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.swinengine.autograd.Variable;
import org.swinengine.models.FeatureStage;
import org.swinengine.models.Model;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.TokenModel;
import org.swinengine.nn.ForwardMode;
import org.swinengine.ops.MeanTokensOp;
import org.swinengine.ops.SelectTokenOp;
import org.swinengine.ops.SkipTokensOp;

/**
 * Which of a model's numbers are a picture's features.
 *
 * @param kind what they are
 * @param stage number of a stage of {@link Model#stages}; 0 for other kinds
 */
public record FeatureLayer(Kind kind, int stage) {
  /** What features are. */
  public enum Kind {
    /** What the head reads, {@link Model#embedding}: timm's {@code forward_head(…, pre_logits=True)}. */
    HEAD,
    /** The mean of the image's tokens after the final norm, of timm's {@code forward_features}. */
    MEAN,
    /** The class token after the final norm. */
    CLASS,
    /** A stage's map {@code [height, width, channels]}, not normalised: {@link Model#stageMaps}. */
    STAGE
  }

  /** What the head reads. */
  public static final FeatureLayer HEAD = new FeatureLayer(Kind.HEAD, 0);

  /**
   * A layer by its name: {@code head}, {@code mean}, {@code class}, {@code stage1} for the first stage and so
   * on as the papers count, or the module's name among {@link Model#stages}, {@code layers.0} or
   * {@code blocks.11}.
   *
   * @throws IllegalArgumentException with a sentence for the user if the model has no such layer
   */
  public static FeatureLayer of(String name, Model model) {
    FeatureLayer layer = named(name, model);
    ModelSpec spec = model.spec();
    if (layer.kind == Kind.MEAN || layer.kind == Kind.CLASS) {
      if (!(model instanceof TokenModel tokens)) {
        throw new IllegalArgumentException(
            "`layer` is " + name + ", but models of the family " + spec.architecture().type()
                + ", such as " + spec.name() + ", have no tokens after a final norm");
      }
      if (layer.kind == Kind.CLASS && !tokens.hasClassToken()) {
        throw new IllegalArgumentException(
            "`layer` is class, but " + spec.name() + " has no class token; take mean or head");
      }
    }
    return layer;
  }

  private static FeatureLayer named(String name, Model model) {
    for (Kind kind : Kind.values()) {
      if (kind != Kind.STAGE && name.equalsIgnoreCase(kind.name())) {
        return new FeatureLayer(kind, 0);
      }
    }
    List<FeatureStage> stages = model.stages();
    int found =
        IntStream.range(0, stages.size())
            .filter(i -> name.equals(stages.get(i).name()) || name.equals("stage" + (i + 1)))
            .findFirst()
            .orElse(-1);
    if (found < 0) {
      String known = stages.stream().map(FeatureStage::name).collect(Collectors.joining(", "));
      throw new IllegalArgumentException(
          "`layer` is " + name + ", but " + model.spec().name() + " has head, mean, class and "
              + (stages.isEmpty() ? "no stages"
                  : "stage1 to stage" + stages.size() + ", which are " + known));
    }
    return new FeatureLayer(Kind.STAGE, found);
  }

  /**
   * The features of images.
   *
   * @param images {@code [batch, channels, height, width]}
   * @return {@code [batch, n]}, or {@code [batch, height, width, channels]} of a stage
   */
  Variable of(Variable images, Model model) {
    return switch (kind) {
      case HEAD -> model.embedding(images, ForwardMode.EVALUATION);
      case STAGE -> model.stageMaps(images, ForwardMode.EVALUATION, stage).get(0);
      case CLASS -> SelectTokenOp.apply(((TokenModel) model).lastTokens(images), 0);
      case MEAN -> {
        TokenModel tokens = (TokenModel) model;
        Variable last = tokens.lastTokens(images);
        int prefix = tokens.tokenLayout().prefix();
        yield MeanTokensOp.apply(prefix == 0 ? last : SkipTokensOp.apply(last, prefix));
      }
    };
  }

  @Override
  public String toString() {
    return kind == Kind.STAGE ? "stage" + (stage + 1) : kind.name().toLowerCase(Locale.ROOT);
  }
}
