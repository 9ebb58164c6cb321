package org.swinengine.autograd;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.PreparedWeight;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/**
 * A trainable tensor of a model: master values and gradient in an arena, and the form in which the backend
 * computes with it, made anew whenever the values have changed. A parameter gets its memory from
 * {@link ParameterArena}.
 */
public final class Parameter extends Variable {
  private final Shape shape;
  private final Initializer initializer;
  private final boolean decay;
  private String path = "";
  private boolean trainable = true;
  private @Nullable Tensor master;
  private @Nullable Tensor gradient;
  private boolean hasGradient;
  private @Nullable PreparedWeight prepared;
  private final AtomicInteger version = new AtomicInteger();

  /** Of its arena; null where products read the master values, or a form that the backend makes of them. */
  private @Nullable ComputeCopy copies;

  /**
   * @param shape as in the state dict
   * @param initializer first values
   * @param decay whether weight decay applies to it (not to biases, norms and position tables)
   */
  @SuppressWarnings("NullAway") // the values come later, and value() says so until then
  public Parameter(Shape shape, Initializer initializer, boolean decay) {
    super(null, true);
    this.shape = shape;
    this.initializer = initializer;
    this.decay = decay;
  }

  /**
   * The state-dict key, e.g. {@code layers.0.blocks.1.attn.qkv.weight}; empty before the model has named it.
   */
  public String path() {
    return path;
  }

  /** Names the parameter. */
  public void setPath(String path) {
    this.path = path;
  }

  @Override
  public Shape shape() {
    return shape;
  }

  /** Whether weight decay applies. */
  public boolean decays() {
    return decay;
  }

  /** Whether it is trained; a frozen parameter has no gradient memory. */
  public boolean isTrainable() {
    return trainable;
  }

  /**
   * Freezes or frees the parameter; only before it has memory ({@link ParameterArena#training}
   * afterwards).
   */
  public void setTrainable(boolean trainable) {
    if (master != null) {
      throw new IllegalStateException("parameter " + path + " has its memory already; freeze before that");
    }
    this.trainable = trainable;
  }

  /** Freezes or frees a parameter that is about to be placed anew. */
  void retrain(boolean trained) {
    trainable = trained;
  }

  @Override
  public boolean requiresGradient() {
    return trainable;
  }

  Initializer initializer() {
    return initializer;
  }

  /** Whether it has its memory. */
  public boolean isPlaced() {
    return master != null;
  }

  void place(Tensor master, @Nullable Tensor gradient, @Nullable ComputeCopy copies) {
    this.master = master;
    this.gradient = gradient;
    this.copies = copies;
    hasGradient = false;
    version.incrementAndGet();
    if (prepared != null) { // made of the values at the place before
      prepared.release();
      prepared = null;
    }
  }

  @Override
  public Tensor value() {
    if (master == null) {
      throw new IllegalStateException(
          "parameter " + path + " has no memory yet; place the model on a device with ParameterArena first");
    }
    return master;
  }

  /** The gradient's memory, with the parameter's shape; null for a frozen parameter. */
  @Override
  public @Nullable Tensor gradient() {
    return gradient;
  }

  /** Whether the gradient's memory has been written since {@link #clearGradient}. */
  public boolean hasGradient() {
    return hasGradient;
  }

  void markGradient() {
    hasGradient = true;
  }

  /** Forgets the gradient: the next backward pass replaces it. */
  @Override
  public void clearGradient() {
    hasGradient = false;
  }

  /** Says that the master values have changed (an optimizer step, loading). */
  public void touch() {
    changed(); // first: who makes the copy anew from here on, in a recording too, has to see another version
    if (copies != null) {
      copies.invalidate();
    }
  }

  /** Says that the master values have changed, and their {@link ComputeCopy} with them. */
  void changed() {
    version.incrementAndGet();
    if (prepared != null) {
      prepared.invalidate();
    }
  }

  /** Another number whenever the values have changed or have got another place. */
  public int version() {
    return version.get();
  }

  /**
   * Says that an operation has used {@link #prepared}. While a tape of this thread is open, a trainable
   * weight is prepared for each use and given back after it: once forward and once backward, as often as it
   * would be in any case because every step changes it, and the prepared forms of all weights never exist at
   * a time.
   */
  public void used() {
    PreparedWeight form = prepared;
    if (trainable && form != null && Tape.isOpen()) {
      form.release();
    }
  }

  /** A weight {@code [out, in, …]} as the backend computes with it; axes after the first count as one. */
  public synchronized PreparedWeight prepared() {
    if (copies != null) {
      copies.refresh();
    }
    if (prepared == null) {
      int out = shape.dim(0);
      Tensor values = value();
      Tensor copy = copies == null ? null : copies.at(values);
      prepared =
          values.backend().matrix().prepare(values, copy, out, Math.toIntExact(shape.elements() / out));
    }
    return prepared;
  }

  @Override
  public String toString() {
    return "Parameter " + path + " " + shape;
  }
}
