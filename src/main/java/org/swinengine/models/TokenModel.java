package org.swinengine.models;

import org.swinengine.autograd.Variable;

/**
 * A classifier whose last tokens can be read, and whose decision can be followed back to the image: what
 * features and heat maps are made of. All methods compute as evaluation does.
 */
public interface TokenModel {
  /** Where the last tokens stand. */
  TokenLayout tokenLayout();

  /** Whether the first of the last tokens is one for the class. */
  default boolean hasClassToken() {
    return false;
  }

  /**
   * The tokens after the final norm: timm's {@code forward_features}, in one row.
   *
   * @param images {@code [batch, channels, height, width]}
   * @return {@code [batch, tokens, channels]}
   */
  Variable lastTokens(Variable images);

  /**
   * The forward pass, cut where places of the image can still be told apart and each has its part in the
   * logits.
   *
   * @param images {@code [batch, channels, height, width]}
   */
  CutPass cut(Variable images);

  /**
   * The attention of all layers, computed again in float64 outside of the kernels, which never have it in
   * memory.
   *
   * @param image {@code [1, channels, height, width]}
   */
  AttentionFlow attentionFlow(Variable image);
}
