package org.swinengine.backend;

import org.swinengine.backend.AttentionKernels.AttentionForm;
import org.swinengine.backend.AttentionKernels.FormGradients;

/**
 * Memory that a backend's kernels take for themselves beside their operands, by the sizes of a call, in
 * bytes: for who foretells what a model will take ({@link DryBackend}). What is not asked for here is small.
 */
public interface KernelMemory {
  /** Of a backend whose kernels take next to nothing. */
  KernelMemory NONE = new KernelMemory() {};

  /**
   * Parts of sums.
   *
   * @param deferred whether they are held until many are added up at once ({@link Backend#deferSums});
   *     others are given back with the call
   */
  record Parts(long bytes, boolean deferred) {
    public static final Parts NONE = new Parts(0, false);
  }

  /** One of the two forms of a weight, forward and backward, that products read in place of the weight. */
  default long preparedWeight(DType type, int out, int in) {
    return (long) out * in * type.bytes();
  }

  /**
   * What a layer makes of its rows {@code [rows, in]} before it multiplies them.
   *
   * @param again whether it is for a gradient, with statistics that were kept
   */
  default long prologue(DType type, int rows, int in, int out, Prologue prologue, boolean again) {
    return 0;
  }

  /** What stays with a layer's weight that a prologue was folded into, until it is released. */
  default long foldedWeight(DType type, int in, int out, Prologue prologue) {
    return 0;
  }

  /** The activated hidden rows of an MLP. */
  default long hidden(DType type, int rows, int hidden) {
    return 0;
  }

  /** Parts of the gradients of a layer's weight and bias. */
  default Parts weightGradient(
      DType type, int rows, int out, int in, boolean hasFactors, boolean wantsBias) {
    return Parts.NONE;
  }

  /** A copy of a layer's gradient {@code [rows, out]} with DropPath's factors in it. */
  default long scaledRows(DType type, int rows, int out, int in) {
    return 0;
  }

  /** Parts of the gradients of a LayerNorm's parameters. */
  default Parts normGradient(DType type, int rows, int columns) {
    return Parts.NONE;
  }

  /** Parts of a sum over rows. */
  default Parts sumOfRows(DType type, int rows, long columns) {
    return Parts.NONE;
  }

  /** What the backward pass of window attention takes. */
  default Parts windowGradient(
      WindowGeometry geometry, AttentionForm form, Span qkv, FormGradients gradients) {
    return Parts.NONE;
  }

  /** What the backward pass of global attention takes. */
  default long globalGradient(int batch, int tokens, AttentionForm form) {
    return 0;
  }

  /** What a step that repeats keeps beside its blocks ({@link Backend#repeating}). */
  default long repeatedStep() {
    return 0;
  }
}
