package org.swinengine.backend.profile;

import java.util.function.Consumer;
import org.swinengine.backend.Span;
import org.swinengine.backend.WindowGeometry;
import org.swinengine.backend.WindowKernels;

/** Work of the window family: copies. */
final class WindowWork implements WindowKernels {
  private final Consumer<Work> called;

  WindowWork(Consumer<Work> called) {
    this.called = called;
  }

  @Override
  public void cyclicShift(
      int batch, int height, int width, int channels, int shiftHeight, int shiftWidth, Span x, Span y) {
    double n = (double) batch * height * width * channels;
    String kind = "cyclicShift " + batch + "x" + height + "x" + width + "x" + channels;
    called.accept(new Work(kind, 0, Work.bytes(x, n) + Work.bytes(y, n)));
  }

  @Override
  public void partition(WindowGeometry geometry, int channels, Span image, Span windows) {
    move("partition ", geometry, channels, image, windows);
  }

  @Override
  public void reverse(WindowGeometry geometry, int channels, Span windows, Span image) {
    move("reverse ", geometry, channels, image, windows);
  }

  private void move(String method, WindowGeometry geometry, int channels, Span image, Span windows) {
    double pixels = (double) geometry.batch() * geometry.height() * geometry.width();
    double tokens = (double) geometry.batch() * geometry.windows() * geometry.windowTokens();
    String sizes = geometry.batch() + "x" + geometry.height() + "x" + geometry.width() + "x" + channels;
    double bytes = Work.bytes(image, pixels * channels) + Work.bytes(windows, tokens * channels);
    called.accept(new Work(method + sizes, 0, bytes));
  }
}
