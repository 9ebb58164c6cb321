package org.swinengine.backend;

/**
 * A linear layer's weight in the form in which a backend computes with it: packed panels on the CPU, a plain
 * view on the reference, a half precision copy on a GPU. It is bound to the memory of the master weight
 * {@code [outFeatures, inFeatures]} (PyTorch's {@code nn.Linear.weight}) and made anew after that has
 * changed.
 */
public interface PreparedWeight {
  int outFeatures();

  int inFeatures();

  /** Says that the master weight has changed; what was prepared is made anew when it is needed next. */
  void invalidate();

  /**
   * Says that the prepared form will not be needed again before the master weight changes; its memory may
   * serve others meanwhile. A need that arises all the same makes it anew.
   */
  default void release() {}
}
