package org.swinengine.inference.explain;

import java.util.Locale;
import java.util.Objects;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.data.RawImage;
import org.swinengine.inference.LoadedModel;
import org.swinengine.models.AttentionFlow;
import org.swinengine.models.CutPass;
import org.swinengine.models.Model;
import org.swinengine.models.ModelConfigException;
import org.swinengine.models.TokenLayout;
import org.swinengine.models.TokenModel;
import org.swinengine.nn.TokenMixing;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * Computes heat maps, of Swin Transformers (also V2) and ViTs, and of programs' own models that are {@link
 * TokenModel}s.
 *
 * <pre>{@code
 * HeatMap heat = HeatMaps.of(model, picture, HeatMapMethod.GRADCAM, prediction.first().index());
 * HeatOverlay.write(Path.of("heat.png"), picture, heat, model.preprocessing());
 * }</pre>
 */
public final class HeatMaps {
  private HeatMaps() {}

  /**
   * The heat map of a picture of any size.
   *
   * @param classNumber what Grad-CAM is asked about; rollout does not look at it
   * @throws ModelConfigException if there is none for such a model
   */
  public static HeatMap of(LoadedModel model, RawImage picture, HeatMapMethod method, int classNumber) {
    return of(model.model(), model.backend(), model.prepared(picture), method, classNumber);
  }

  /**
   * The same of an image that is prepared already.
   *
   * @param image {@code [channels, height, width]} of the model's input
   */
  public static HeatMap of(
      Model model, Backend backend, float[] image, HeatMapMethod method, int classNumber) {
    TokenModel tokens = tokenModel(model);
    int classes = model.spec().classes();
    if (classNumber < 0 || classNumber >= classes) {
      throw new IllegalArgumentException(
          "a heat map of class " + classNumber + " is asked for, but " + model.spec().name()
              + " has the classes 0 to "
              + (classes - 1));
    }
    try (Scope scope = Scope.open();
        Tape.Pause pause = Tape.pause()) {
      int pixels = model.spec().imageHeight() * model.spec().imageWidth();
      Shape shape =
          Shape.of(1, image.length / pixels, model.spec().imageHeight(), model.spec().imageWidth());
      Variable input = Variable.constant(Tensor.of(backend, shape, image));
      return method == HeatMapMethod.GRADCAM
          ? gradCam(tokens.cut(input), classNumber)
          : rollout(tokens.attentionFlow(input));
    }
  }

  /**
   * Throws unless heat maps of such a model can be computed.
   *
   * @throws ModelConfigException with a sentence for the user
   */
  public static void requireFor(Model model) {
    tokenModel(model);
  }

  private static TokenModel tokenModel(Model model) {
    if (model instanceof TokenModel tokens) {
      return tokens;
    }
    throw new ModelConfigException(
        String.format(
            Locale.ROOT,
            "there are no heat maps of %s: models of the family %s do not tell which of their tokens the"
                + " answer comes from; Swin Transformers (V1 and V2), ViT and DeiT do",
            model.spec().name(), model.spec().architecture().type()));
  }

  /** Equations 1 and 2 of the paper, of the tokens where the pass was cut. */
  private static HeatMap gradCam(CutPass cut, int classNumber) {
    TokenLayout layout = cut.layout();
    Variable tokens = Variable.leaf(cut.tokens().value());
    try (Tape tape = Tape.open()) {
      Variable logits = cut.rest().apply(tokens);
      float[] seed = new float[logits.dim(1)];
      seed[classNumber] = 1;
      tape.backward(logits, Tensor.of(logits.backend(), logits.shape(), seed));
    }
    float[] values = tokens.value().toFloats();
    float[] gradients = Objects.requireNonNull(tokens.gradient(), "the logits read no token").toFloats();
    tokens.clearGradient();
    int channels = tokens.dim(-1);
    int places = layout.rows() * layout.columns();
    int first = layout.prefix() * channels;
    double[] weights = new double[channels];
    for (int i = 0; i < places * channels; i++) {
      weights[i % channels] += (double) gradients[first + i] / places;
    }
    float[] heat = new float[places];
    for (int place = 0; place < places; place++) {
      double sum = 0;
      for (int c = 0; c < channels; c++) {
        sum += weights[c] * values[first + place * channels + c];
      }
      heat[place] = (float) Math.max(0, sum);
    }
    return new HeatMap(layout.rows(), layout.columns(), heat);
  }

  /**
   * What the head reads, followed from the last layer to the first, so that no matrix of all tokens by all
   * tokens is needed.
   */
  private static HeatMap rollout(AttentionFlow flow) {
    double[] shares = flow.read();
    for (int i = flow.mixings().size() - 1; i >= 0; i--) {
      TokenMixing mixing = flow.mixings().get(i);
      double[] mixed = mixing.earlierShares(shares);
      if (mixing.isBesideResidual()) {
        for (int token = 0; token < mixed.length; token++) {
          mixed[token] = 0.5 * mixed[token] + 0.5 * shares[token];
        }
      }
      shares = mixed;
    }
    TokenLayout layout = flow.layout();
    float[] heat = new float[layout.rows() * layout.columns()];
    for (int place = 0; place < heat.length; place++) {
      heat[place] = (float) shares[layout.prefix() + place];
    }
    return new HeatMap(layout.rows(), layout.columns(), heat);
  }
}
