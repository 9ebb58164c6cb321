package org.swinengine.models;

import java.util.List;
import org.swinengine.autograd.Variable;
import org.swinengine.nn.ForwardMode;

/**
 * A model that ends in a head: linear layers from one row of features an image to the logits. What comes before the
 * head depends on no parameter of which {@link ParameterPlace#isHead} is true, so that it may be computed once where
 * those are all that is trained.
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
    return headInputs(images, mode);
  }

  /**
   * The logits {@code [batch, classes]} of {@link #features}: {@code model.forward(images, mode)} in two steps has the
   * bits that it has in one.
   */
  public abstract Variable classify(List<Variable> features);

  /** {@link #features} of images whose shape has been checked. */
  protected abstract List<Variable> headInputs(Variable images, ForwardMode mode);

  @Override
  protected final Variable logits(Variable images, ForwardMode mode) {
    return classify(headInputs(images, mode));
  }
}
