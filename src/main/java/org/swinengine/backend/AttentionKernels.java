package org.swinengine.backend;

import org.jspecify.annotations.Nullable;

/**
 * Attention family: windowed (Swin) and global (ViT) multi-head self-attention, each one fused kernel forward
 * and one backward. Operands lie in image layout: a token's {@code qkv} row holds {@code [Q | K | V]}, each
 * third head-major, so channel h·headDim + d of Q belongs to head h. {@code qkv}, the result and their
 * gradients are activations; all else is of the master type ({@link Backend#masterType}). Nothing of size
 * tokens² reaches memory; the backward pass recomputes the probabilities from the stored row maximum and sum.
 */
public interface AttentionKernels {
  /** Added to a logit whose query and key belong to different regions; finite, as in the original. */
  float MASKED = -100f;

  /**
   * How logits are made from queries and keys, and what is added to them.
   *
   * @param heads number of heads
   * @param headDim channels of a head
   * @param scale factor on q (dot-product attention), 1/√headDim as a rule; not used by cosine attention
   * @param biasTable relative position bias table {@code [biasTableRows, heads]} gathered by
   *     {@link WindowGeometry#relativePositionIndex}; null: none
   * @param biasMatrix bias {@code [heads, tokens, tokens]} ready to be added (Swin v2), query before key;
   *     null: none
   * @param logitScale Swin v2's factors {@code [heads]} on cosine logits, q and k being divided by
   *     max(their norm, 1e-12); null: dot-product attention
   * @param paddedQkv the {@code qkv} row {@code [3·heads·headDim]} of every padded token (the projection's
   *     bias: a padded token is zero before the projection); null: zeros
   */
  record AttentionForm(
      int heads,
      int headDim,
      double scale,
      @Nullable Span biasTable,
      @Nullable Span biasMatrix,
      @Nullable Span logitScale,
      @Nullable Span paddedQkv) {
    /** Dot-product attention without bias. */
    public static AttentionForm plain(int heads, int headDim) {
      return new AttentionForm(heads, headDim, 1 / Math.sqrt(headDim), null, null, null, null);
    }

    /** Swin v1: dot products plus a bias table. */
    public static AttentionForm table(
        int heads, int headDim, double scale, @Nullable Span biasTable, @Nullable Span paddedQkv) {
      return new AttentionForm(heads, headDim, scale, biasTable, null, null, paddedQkv);
    }

    /** Channels of Q, of K, of V and of the result: heads·headDim. */
    public int channels() {
      return heads * headDim;
    }
  }

  /**
   * Gradients of the form's operands; each null where it is not wanted or has no operand. All are replaced,
   * not accumulated.
   *
   * @param biasTable like {@link AttentionForm#biasTable}
   * @param biasMatrix like {@link AttentionForm#biasMatrix}
   * @param logitScale like {@link AttentionForm#logitScale}
   * @param paddedQkv sum over all padded tokens of their row's gradient, {@code [3·channels]}
   */
  record FormGradients(
      @Nullable Span biasTable,
      @Nullable Span biasMatrix,
      @Nullable Span logitScale,
      @Nullable Span paddedQkv) {
    public static final FormGradients NONE = new FormGradients(null, null, null, null);
  }

  /**
   * Shifted-window attention: cyclic shift, partition, masked attention within windows, reverse, shift back.
   *
   * @param qkv {@code [batch, height, width, 3·channels]}
   * @param out {@code [batch, height, width, channels]}
   * @param statistics receives for each window, head and query the row maximum and the sum of exponentials of
   *     the logits, {@code [batch·windows, heads, windowTokens, 2]}; null: not kept
   */
  void windowForward(
      WindowGeometry geometry, AttentionForm form, Span qkv, Span out, @Nullable Span statistics);

  /**
   * Gradients of {@link #windowForward}.
   *
   * @param statistics what the forward call wrote
   * @param dOut {@code [batch, height, width, channels]}
   * @param dQkv {@code [batch, height, width, 3·channels]}, replaced
   */
  void windowBackward(
      WindowGeometry geometry,
      AttentionForm form,
      Span qkv,
      Span statistics,
      Span dOut,
      Span dQkv,
      FormGradients gradients);

  /**
   * Windows whose gradients of what all windows share are summed first, where that is done to the same bits
   * on several backends; the sums are then added in the order of the windows. They are few, so that many
   * sums are made at a time, unless these would take more than 64 MiB: of eight sums and more no further are
   * made then.
   *
   * @param windows of all images
   * @param matrix elements of the bias matrix if it has a gradient, {@code heads·windowTokens²}, which each
   *     sum has too; 0 if not
   */
  static int windowsOfSum(int windows, long matrix) {
    long few = 8;
    if (matrix == 0) {
      return (int) few;
    }
    long sums = Math.max(few, (1 << 24) / matrix);
    return (int) Math.max(few, (windows + sums - 1) / sums);
  }

  /**
   * Attention among all tokens of a sequence, streaming over blocks of keys.
   *
   * @param qkv {@code [batch, tokens, 3·channels]}
   * @param out {@code [batch, tokens, channels]}
   * @param statistics receives the row maximum and sum, {@code [batch, heads, tokens, 2]}; null: not kept
   */
  void globalForward(
      int batch, int tokens, AttentionForm form, Span qkv, Span out, @Nullable Span statistics);

  /**
   * Gradients of {@link #globalForward}.
   *
   * @param out what the forward call wrote
   * @param statistics what the forward call wrote
   * @param dQkv {@code [batch, tokens, 3·channels]}, replaced
   */
  void globalBackward(
      int batch, int tokens, AttentionForm form, Span qkv, Span out, Span statistics, Span dOut, Span dQkv);
}
