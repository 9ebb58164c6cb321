package org.swinengine.backend.cpu.patch;

import java.util.Arrays;
import org.swinengine.backend.PatchKernels;
import org.swinengine.backend.Span;
import org.swinengine.backend.cpu.runtime.Chunks;
import org.swinengine.backend.cpu.runtime.CpuBuffer;
import org.swinengine.backend.cpu.runtime.WorkerPool;

/** Patch family on the CPU: copies of runs of elements, shared out by rows of patches. */
public final class CpuPatch implements PatchKernels {
  private static final int SHORTEST_LIBRARY_COPY = 8;

  /** Rows that an exchange of short runs reads at a time: their cache lines stay until the last column. */
  private static final int ROWS_AT_A_TIME = 64;

  private final WorkerPool pool;

  public CpuPatch(WorkerPool pool) {
    this.pool = pool;
  }

  @Override
  public void embedGather(int batch, int channels, int height, int width, int patch, Span image, Span rows) {
    Embedding sizes = new Embedding(batch, channels, height, width, patch);
    float[] pixels = CpuBuffer.floats(image);
    int pixelsAt = CpuBuffer.start(image, sizes.pixels());
    float[] patches = CpuBuffer.floats(rows);
    int patchesAt = CpuBuffer.start(rows, sizes.lines() * sizes.lineElements());
    Chunks.rows(
        pool,
        sizes.lines(),
        sizes.lineElements(),
        (from, to) -> {
          for (int line = from; line < to; line++) {
            int out = patchesAt + (int) (line * sizes.lineElements());
            if (sizes.isPadded()) {
              Arrays.fill(patches, out, out + (int) sizes.lineElements(), 0);
            }
            sizes.gather(pixels, pixelsAt, line, patches, out);
          }
        });
  }

  @Override
  public void embedScatter(int batch, int channels, int height, int width, int patch, Span rows, Span image) {
    Embedding sizes = new Embedding(batch, channels, height, width, patch);
    float[] pixels = CpuBuffer.floats(image);
    int pixelsAt = CpuBuffer.start(image, sizes.pixels());
    float[] patches = CpuBuffer.floats(rows);
    int patchesAt = CpuBuffer.start(rows, sizes.lines() * sizes.lineElements());
    Chunks.rows(
        pool,
        sizes.lines(),
        sizes.lineElements(),
        (from, to) -> {
          for (int line = from; line < to; line++) {
            sizes.scatter(patches, patchesAt + (int) (line * sizes.lineElements()), line, pixels, pixelsAt);
          }
        });
  }

  /** An image {@code [batch, channels, height, width]} as lines of patches; a line is one row of patches. */
  private record Embedding(int batch, int channels, int height, int width, int patch) {
    int patchRows() {
      return Chunks.count(height, patch);
    }

    int patchColumns() {
      return Chunks.count(width, patch);
    }

    int lines() {
      return batch * patchRows();
    }

    int patchElements() {
      return channels * patch * patch;
    }

    long lineElements() {
      return (long) patchColumns() * patchElements();
    }

    long pixels() {
      return (long) batch * channels * height * width;
    }

    boolean isPadded() {
      return height % patch != 0 || width % patch != 0;
    }

    /** Index of the first pixel of a channel and a row of pixels within a line of patches. */
    private int pixelRow(int line, int channel, int y) {
      int image = line / patchRows();
      return ((image * channels + channel) * height + y) * width;
    }

    private int firstY(int line) {
      return line % patchRows() * patch;
    }

    void gather(float[] pixels, int pixelsAt, int line, float[] patches, int patchesAt) {
      int rows = Math.min(patch, height - firstY(line));
      for (int channel = 0; channel < channels; channel++) {
        for (int row = 0; row < rows; row++) {
          int in = pixelsAt + pixelRow(line, channel, firstY(line) + row);
          int out = patchesAt + (channel * patch + row) * patch;
          int whole = width / patch;
          copyRuns(pixels, in, patch, patches, out, patchElements(), whole, patch);
          copyRuns(
              pixels, in + whole * patch, 0, patches, out + whole * patchElements(), 0, 1, width % patch);
        }
      }
    }

    void scatter(float[] patches, int patchesAt, int line, float[] pixels, int pixelsAt) {
      int rows = Math.min(patch, height - firstY(line));
      for (int channel = 0; channel < channels; channel++) {
        for (int row = 0; row < rows; row++) {
          int out = pixelsAt + pixelRow(line, channel, firstY(line) + row);
          int in = patchesAt + (channel * patch + row) * patch;
          int whole = width / patch;
          copyRuns(patches, in, patchElements(), pixels, out, patch, whole, patch);
          copyRuns(
              patches, in + whole * patchElements(), 0, pixels, out + whole * patch, 0, 1, width % patch);
        }
      }
    }

    /**
     * Copies runs of {@code length} elements. The loop over short runs goes across them, to be the longer
     * one.
     */
    private static void copyRuns(
        float[] from, int fromAt, int fromStride, float[] to, int toAt, int toStride, int runs, int length) {
      if (length >= SHORTEST_LIBRARY_COPY) {
        for (int run = 0; run < runs; run++) {
          System.arraycopy(from, fromAt + run * fromStride, to, toAt + run * toStride, length);
        }
        return;
      }
      for (int i = 0; i < length; i++) {
        for (int run = 0; run < runs; run++) {
          to[toAt + run * toStride + i] = from[fromAt + run * fromStride + i];
        }
      }
    }
  }

  @Override
  public void mergeGather(int batch, int height, int width, int channels, Span x, Span merged) {
    merge(batch, height, width, channels, x, merged, true);
  }

  @Override
  public void mergeScatter(int batch, int height, int width, int channels, Span merged, Span x) {
    merge(batch, height, width, channels, x, merged, false);
  }

  private void merge(int batch, int height, int width, int channels, Span x, Span merged, boolean gather) {
    int mergedHeight = Chunks.count(height, 2);
    int mergedWidth = Chunks.count(width, 2);
    long lineElements = 4L * channels * mergedWidth;
    float[] tokens = CpuBuffer.floats(x);
    int tokensAt = CpuBuffer.start(x, (long) batch * height * width * channels);
    float[] quads = CpuBuffer.floats(merged);
    int quadsAt = CpuBuffer.start(merged, (long) batch * mergedHeight * lineElements);
    Chunks.rows(
        pool,
        batch * mergedHeight,
        lineElements,
        (from, to) -> {
          for (int line = from; line < to; line++) {
            int image = line / mergedHeight;
            int firstRow = line % mergedHeight * 2;
            int quad = quadsAt + (int) (line * lineElements);
            for (int part = 0; part < 4 * mergedWidth; part++, quad += channels) {
              // The row varies fastest: (even, even), (odd, even), (even, odd), (odd, odd).
              int row = firstRow + part % 2;
              int column = part / 4 * 2 + part / 2 % 2;
              int token = tokensAt + ((image * height + row) * width + column) * channels;
              if (row >= height || column >= width) {
                if (gather) {
                  Arrays.fill(quads, quad, quad + channels, 0);
                }
              } else if (gather) {
                System.arraycopy(tokens, token, quads, quad, channels);
              } else {
                System.arraycopy(quads, quad, tokens, token, channels);
              }
            }
          }
        });
  }

  @Override
  public void exchange(int outer, int rows, int columns, int run, Span x, Span y) {
    long elements = (long) outer * rows * columns * run;
    float[] from = CpuBuffer.floats(x);
    int fromAt = CpuBuffer.start(x, elements);
    float[] to = CpuBuffer.floats(y);
    int toAt = CpuBuffer.start(y, elements);
    int line = rows * run;
    Chunks.rows(
        pool,
        outer * columns,
        line,
        (first, last) -> {
          for (int next = first; next < last;) {
            int column = next % columns;
            int count = Math.min(columns - column, last - next);
            int in = fromAt + (next / columns * rows * columns + column) * run;
            int out = toAt + next * line;
            if (run >= SHORTEST_LIBRARY_COPY) {
              copyLines(from, in, to, out, count, rows, columns, run);
            } else {
              copyElements(from, in, to, out, count, rows, columns, run);
            }
            next += count;
          }
        });
  }

  private static void copyLines(
      float[] from, int in, float[] to, int out, int count, int rows, int columns, int run) {
    for (int c = 0; c < count; c++) {
      for (int row = 0; row < rows; row++) {
        System.arraycopy(from, in + (row * columns + c) * run, to, out + (c * rows + row) * run, run);
      }
    }
  }

  /** The innermost loop goes along the longer of the two axes. */
  private static void copyElements(
      float[] from, int in, float[] to, int out, int count, int rows, int columns, int run) {
    int fromRow = columns * run;
    int toColumn = rows * run;
    for (int row = 0; row < rows; row += ROWS_AT_A_TIME) {
      int height = Math.min(ROWS_AT_A_TIME, rows - row);
      for (int i = 0; i < run; i++) {
        int source = in + row * fromRow + i;
        int target = out + row * run + i;
        if (height >= count) {
          for (int c = 0; c < count; c++) {
            copyStrided(from, source + c * run, fromRow, to, target + c * toColumn, run, height);
          }
        } else {
          for (int r = 0; r < height; r++) {
            copyStrided(from, source + r * fromRow, run, to, target + r * run, toColumn, count);
          }
        }
      }
    }
  }

  private static void copyStrided(
      float[] from, int fromAt, int fromStride, float[] to, int toAt, int toStride, int n) {
    for (int i = 0; i < n; i++) {
      to[toAt + i * toStride] = from[fromAt + i * fromStride];
    }
  }
}
