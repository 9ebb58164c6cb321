package org.swinengine.models;

import java.util.List;
import org.swinengine.autograd.Variable;
import org.swinengine.nn.ForwardMode;
import org.swinengine.ops.AddOp;
import org.swinengine.ops.ScaleOp;

/**
 * A model that ends in a head: linear layers from one row of features an image to the logits. What comes
 * before the head depends on no parameter of which {@link ParameterPlace#isHead} is true, so that it may be
 * computed once where those are all that is trained.
 */
public abstract class ClassificationModel extends Model {
  protected ClassificationModel(ModelSpec spec) {
    super(spec);
  }

  /**
   * What the head's layers read.
   *
   * @param images {@code [batch, channels, height, width]}, normalised
   * @return one {@code [batch, n]} for each layer of the head: two for a distilled DeiT, else one
   */
  public final List<Variable> features(Variable images, ForwardMode mode) {
    requireImages(images);
    return headInputs(images, drawing(mode, images));
  }

  /**
   * The logits {@code [batch, classes]} of {@link #features}: {@code model.forward(images, mode)} in two
   * steps has the bits that it has in one.
   */
  public abstract Variable classify(List<Variable> features);

  /** {@link #features} of images whose shape has been checked. */
  protected abstract List<Variable> headInputs(Variable images, ForwardMode mode);

  /** The features that the head reads; the mean of both of a distilled DeiT. */
  @Override
  protected final Variable pooledFeatures(Variable images, ForwardMode mode) {
    List<Variable> inputs = headInputs(images, mode);
    Variable sum = inputs.get(0);
    for (Variable input : inputs.subList(1, inputs.size())) {
      sum = AddOp.apply(sum, input);
    }
    return inputs.size() == 1 ? sum : ScaleOp.apply(sum, 1.0 / inputs.size());
  }

  @Override
  protected final Variable logits(Variable images, ForwardMode mode) {
    return classify(headInputs(images, mode));
  }
}
