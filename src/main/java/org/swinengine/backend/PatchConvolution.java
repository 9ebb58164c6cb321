package org.swinengine.backend;

import org.jspecify.annotations.Nullable;

/**
 * The convolution of a patch embedding, kernel = stride = patch, by a library that a backend may have. What
 * it does not do is a gather of pixels ({@link PatchKernels#embedGather}) and a product, which every backend
 * has.
 */
public interface PatchConvolution {
  /**
   * Sizes of a call. The image is {@code [batch, channels, height, width]}, the tokens
   * {@code [batch, height/patch, width/patch, out]}, the weight {@code [out, channels, patch, patch]}.
   *
   * @param height of the image, a multiple of {@code patch}
   * @param width of the image, a multiple of {@code patch}
   * @param patch edge of a patch
   * @param out channels of a token
   */
  record Sizes(int batch, int channels, int height, int width, int patch, int out) {
    /** Tokens of all images. */
    public int tokens() {
      return batch * (height / patch) * (width / patch);
    }
  }

  /** Whether the library has kernels for these sizes; forward and backward. */
  boolean does(Sizes sizes);

  /** {@code tokens = conv2d(image, weight, bias, stride=patch)}. */
  void forward(Sizes sizes, Span image, PreparedWeight weight, @Nullable Span bias, Span tokens);

  /**
   * Gradients of the parameters.
   *
   * @param dBias null where there is no bias
   * @param accumulate adds to what both hold instead of replacing it
   */
  void backwardWeight(
      Sizes sizes, Span image, Span dTokens, Span dWeight, @Nullable Span dBias, boolean accumulate);

  /** Gradient of the image, which is replaced. */
  void backwardImage(Sizes sizes, Span dTokens, PreparedWeight weight, Span dImage);
}
