package org.swinengine.autograd;

import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Backend;
import org.swinengine.tensor.Tensor;

/**
 * An arena's values in the type that products read weights in, each rounded to the nearest, where that is not
 * the master type: half precision on a GPU. The engine's optimizers write it beside the values. After any
 * other change it is made anew when a weight is needed next, all of it at once: one kernel instead of one for
 * each weight.
 */
final class ComputeCopy {
  private final Tensor values;
  private final Tensor copy;
  private boolean isCurrent;

  private ComputeCopy(Tensor values) {
    this.values = values;
    copy = Tensor.empty(values.backend(), values.shape());
  }

  /** The copy of an arena's values, in the thread's scope; null where products read the values themselves. */
  static @Nullable ComputeCopy of(Tensor values) {
    Backend backend = values.backend();
    return backend.computeType() == backend.masterType() ? null : new ComputeCopy(values);
  }

  /** All of it. */
  Tensor all() {
    return copy;
  }

  /** The copy of a part of the values. */
  Tensor at(Tensor part) {
    return copy.slice(part.offset() - values.offset(), part.shape());
  }

  /** Makes it anew where the values have changed. */
  synchronized void refresh() {
    if (!isCurrent) {
      values.backend().memory().copy(values, copy, values.elements());
      isCurrent = true;
    }
  }

  /** Says that the values have changed, and the copy has not. */
  synchronized void invalidate() {
    isCurrent = false;
  }
}
