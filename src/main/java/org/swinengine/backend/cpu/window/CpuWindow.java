package org.swinengine.backend.cpu.window;

import java.util.Arrays;
import org.swinengine.backend.Span;
import org.swinengine.backend.WindowGeometry;
import org.swinengine.backend.WindowKernels;
import org.swinengine.backend.cpu.runtime.CpuBuffer;
import org.swinengine.backend.cpu.runtime.WorkerPool;

/** Window family on the CPU: rows of channels are copied, one row of tokens a piece. */
public final class CpuWindow implements WindowKernels {
  private final WorkerPool pool;

  public CpuWindow(WorkerPool pool) {
    this.pool = pool;
  }

  @Override
  public void cyclicShift(
      int batch, int height, int width, int channels, int shiftHeight, int shiftWidth, Span x, Span y) {
    float[] from = CpuBuffer.floats(x);
    int fromStart = CpuBuffer.start(x);
    float[] to = CpuBuffer.floats(y);
    int toStart = CpuBuffer.start(y);
    int right = Math.floorMod(shiftWidth, width); // where column 0 goes
    pool.run(
        batch * height,
        piece -> {
          int image = piece / height;
          int row = Math.floorMod(piece % height + shiftHeight, height);
          int source = fromStart + piece * width * channels;
          int target = toStart + (image * height + row) * width * channels;
          System.arraycopy(from, source, to, target + right * channels, (width - right) * channels);
          System.arraycopy(from, source + (width - right) * channels, to, target, right * channels);
        });
  }

  @Override
  public void partition(WindowGeometry geometry, int channels, Span image, Span windows) {
    float[] from = CpuBuffer.floats(image);
    int fromStart = CpuBuffer.start(image);
    float[] to = CpuBuffer.floats(windows);
    int toStart = CpuBuffer.start(windows);
    int height = geometry.paddedHeight();
    pool.run(
        geometry.batch() * height,
        piece -> {
          int first = fromStart + piece / height * geometry.height() * geometry.width() * channels;
          for (int column = 0; column < geometry.paddedWidth(); column++) {
            int token = geometry.sourceToken(piece % height, column);
            int target = toStart + windowRow(geometry, piece / height, piece % height, column) * channels;
            if (token < 0) {
              Arrays.fill(to, target, target + channels, 0f);
            } else {
              System.arraycopy(from, first + token * channels, to, target, channels);
            }
          }
        });
  }

  @Override
  public void reverse(WindowGeometry geometry, int channels, Span windows, Span image) {
    float[] from = CpuBuffer.floats(windows);
    int fromStart = CpuBuffer.start(windows);
    float[] to = CpuBuffer.floats(image);
    int toStart = CpuBuffer.start(image);
    int height = geometry.paddedHeight();
    pool.run(
        geometry.batch() * height,
        piece -> {
          int first = toStart + piece / height * geometry.height() * geometry.width() * channels;
          for (int column = 0; column < geometry.paddedWidth(); column++) {
            int token = geometry.sourceToken(piece % height, column);
            if (token >= 0) {
              int source = fromStart + windowRow(geometry, piece / height, piece % height, column) * channels;
              System.arraycopy(from, source, to, first + token * channels, channels);
            }
          }
        });
  }

  /** Row of {@code [batch·windows, windowTokens]} that holds a place of the shifted, padded image. */
  private static int windowRow(WindowGeometry geometry, int image, int row, int column) {
    int windowRow = row / geometry.windowHeight();
    int windowColumn = column / geometry.windowWidth();
    int window = image * geometry.windows() + windowRow * geometry.windowColumns() + windowColumn;
    int token = row % geometry.windowHeight() * geometry.windowWidth() + column % geometry.windowWidth();
    return window * geometry.windowTokens() + token;
  }
}
