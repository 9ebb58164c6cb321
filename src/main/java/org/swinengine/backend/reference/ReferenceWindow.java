package org.swinengine.backend.reference;

import org.swinengine.backend.Span;
import org.swinengine.backend.WindowGeometry;
import org.swinengine.backend.WindowKernels;

/** Window family of the reference. */
final class ReferenceWindow implements WindowKernels {
  @Override
  public void cyclicShift(
      int batch, int height, int width, int channels, int shiftHeight, int shiftWidth, Span x, Span y) {
    double[] from = ReferenceBuffer.read(x, (long) batch * height * width * channels);
    double[] to = new double[from.length];
    for (int b = 0; b < batch; b++) {
      for (int i = 0; i < height; i++) {
        for (int j = 0; j < width; j++) {
          int row = Math.floorMod(i + shiftHeight, height);
          int column = Math.floorMod(j + shiftWidth, width);
          System.arraycopy(
              from,
              ((b * height + i) * width + j) * channels,
              to,
              ((b * height + row) * width + column) * channels,
              channels);
        }
      }
    }
    ReferenceBuffer.write(to, y);
  }

  @Override
  public void partition(WindowGeometry geometry, int channels, Span image, Span windows) {
    int[] sources = sources(geometry);
    double[] from = ReferenceBuffer.read(image, imageSize(geometry, channels));
    double[] to = new double[sources.length * channels];
    for (int t = 0; t < sources.length; t++) {
      if (sources[t] >= 0) {
        System.arraycopy(from, sources[t] * channels, to, t * channels, channels);
      }
    }
    ReferenceBuffer.write(to, windows);
  }

  @Override
  public void reverse(WindowGeometry geometry, int channels, Span windows, Span image) {
    int[] sources = sources(geometry);
    double[] from = ReferenceBuffer.read(windows, (long) sources.length * channels);
    double[] to = new double[Math.toIntExact(imageSize(geometry, channels))];
    for (int t = 0; t < sources.length; t++) {
      if (sources[t] >= 0) {
        System.arraycopy(from, t * channels, to, sources[t] * channels, channels);
      }
    }
    ReferenceBuffer.write(to, image);
  }

  private static long imageSize(WindowGeometry geometry, int channels) {
    return (long) geometry.batch() * geometry.height() * geometry.width() * channels;
  }

  /** For each token of {@code [batch·windows, windowTokens]} its image token, or −1 for padding. */
  private static int[] sources(WindowGeometry geometry) {
    int[] sources = new int[geometry.batch() * geometry.windows() * geometry.windowTokens()];
    int t = 0;
    for (int image = 0; image < geometry.batch(); image++) {
      for (int windowRow = 0; windowRow < geometry.windowRows(); windowRow++) {
        for (int windowColumn = 0; windowColumn < geometry.windowColumns(); windowColumn++) {
          for (int i = 0; i < geometry.windowHeight(); i++) {
            for (int j = 0; j < geometry.windowWidth(); j++) {
              int row = windowRow * geometry.windowHeight() + i;
              int column = windowColumn * geometry.windowWidth() + j;
              int source = geometry.sourceToken(row, column);
              sources[t++] = source < 0 ? -1 : image * geometry.height() * geometry.width() + source;
            }
          }
        }
      }
    }
    return sources;
  }
}
