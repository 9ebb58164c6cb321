package org.swinengine.backend.reference;

import org.swinengine.backend.PatchKernels;
import org.swinengine.backend.Span;

/** Patch family of the reference. */
final class ReferencePatch implements PatchKernels {
  @Override
  public void embedGather(int batch, int channels, int height, int width, int patch, Span image, Span rows) {
    double[] pixels = ReferenceBuffer.read(image, (long) batch * channels * height * width);
    int[] sources = embedSources(batch, channels, height, width, patch);
    ReferenceBuffer.write(gather(pixels, sources), rows);
  }

  @Override
  public void embedScatter(int batch, int channels, int height, int width, int patch, Span rows, Span image) {
    int[] sources = embedSources(batch, channels, height, width, patch);
    double[] from = ReferenceBuffer.read(rows, sources.length);
    ReferenceBuffer.write(scatter(from, sources, batch * channels * height * width), image);
  }

  @Override
  public void mergeGather(int batch, int height, int width, int channels, Span x, Span merged) {
    double[] tokens = ReferenceBuffer.read(x, (long) batch * height * width * channels);
    ReferenceBuffer.write(gather(tokens, mergeSources(batch, height, width, channels)), merged);
  }

  @Override
  public void mergeScatter(int batch, int height, int width, int channels, Span merged, Span x) {
    int[] sources = mergeSources(batch, height, width, channels);
    double[] from = ReferenceBuffer.read(merged, sources.length);
    ReferenceBuffer.write(scatter(from, sources, batch * height * width * channels), x);
  }

  @Override
  public void exchange(int outer, int rows, int columns, int run, Span x, Span y) {
    int size = Math.multiplyExact(Math.multiplyExact(outer, rows), Math.multiplyExact(columns, run));
    double[] from = ReferenceBuffer.read(x, size);
    double[] to = new double[size];
    int at = 0;
    for (int o = 0; o < outer; o++) {
      for (int column = 0; column < columns; column++) {
        for (int row = 0; row < rows; row++) {
          for (int i = 0; i < run; i++) {
            to[at++] = from[((o * rows + row) * columns + column) * run + i];
          }
        }
      }
    }
    ReferenceBuffer.write(to, y);
  }

  private static double[] gather(double[] from, int[] sources) {
    double[] to = new double[sources.length];
    for (int i = 0; i < sources.length; i++) {
      to[i] = sources[i] < 0 ? 0 : from[sources[i]];
    }
    return to;
  }

  private static double[] scatter(double[] from, int[] sources, int size) {
    double[] to = new double[size];
    for (int i = 0; i < sources.length; i++) {
      if (sources[i] >= 0) {
        to[sources[i]] += from[i];
      }
    }
    return to;
  }

  /** For each element of the patch rows its pixel, or −1 beyond the image. */
  private static int[] embedSources(int batch, int channels, int height, int width, int patch) {
    int patchRows = (height + patch - 1) / patch;
    int patchColumns = (width + patch - 1) / patch;
    int[] sources = new int[batch * patchRows * patchColumns * channels * patch * patch];
    int at = 0;
    for (int b = 0; b < batch; b++) {
      for (int patchRow = 0; patchRow < patchRows; patchRow++) {
        for (int patchColumn = 0; patchColumn < patchColumns; patchColumn++) {
          for (int c = 0; c < channels; c++) {
            for (int i = 0; i < patch; i++) {
              for (int j = 0; j < patch; j++) {
                int y = patchRow * patch + i;
                int x = patchColumn * patch + j;
                boolean inside = y < height && x < width;
                sources[at++] = inside ? ((b * channels + c) * height + y) * width + x : -1;
              }
            }
          }
        }
      }
    }
    return sources;
  }

  /** For each element of the merged tokens its element of x, or −1 beyond an odd edge. */
  private static int[] mergeSources(int batch, int height, int width, int channels) {
    int mergedHeight = (height + 1) / 2;
    int mergedWidth = (width + 1) / 2;
    int[] sources = new int[batch * mergedHeight * mergedWidth * 4 * channels];
    int at = 0;
    for (int b = 0; b < batch; b++) {
      for (int row = 0; row < mergedHeight; row++) {
        for (int column = 0; column < mergedWidth; column++) {
          for (int part = 0; part < 4; part++) {
            int y = 2 * row + part % 2; // Swin's order: down the column of the cell first
            int x = 2 * column + part / 2;
            boolean inside = y < height && x < width;
            for (int c = 0; c < channels; c++) {
              sources[at++] = inside ? ((b * height + y) * width + x) * channels + c : -1;
            }
          }
        }
      }
    }
    return sources;
  }
}
