package org.swinengine.models;

/**
 * Which place of the image a token stands for.
 *
 * @param prefix tokens before those of the image: ViT's class, distillation and register tokens
 * @param rows of the image's tokens, from top to bottom
 * @param columns from left to right
 */
public record TokenLayout(int prefix, int rows, int columns) {
  /** Number of all tokens. */
  public int tokens() {
    return prefix + rows * columns;
  }
}
