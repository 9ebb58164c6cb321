package org.swinengine.conformance;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.WindowGeometry;
import org.swinengine.backend.WindowGeometry.PaddingOrder;

@Tag("conformance")
@Tag("numerics")
class WindowConformanceTest {
  /** A random geometry: per-axis windows and shifts, padded or not, in both orders. */
  static WindowGeometry geometry(Cases c, int largestWindow, int largestSide) {
    int batch = c.choose("batch", 1, 2);
    int windowHeight = c.size("window height", largestWindow);
    int windowWidth = c.size("window width", largestWindow);
    boolean fits = c.flag("fits");
    int height = c.size("height", largestSide);
    int width = c.size("width", largestSide);
    if (fits) {
      height = (height + windowHeight - 1) / windowHeight * windowHeight;
      width = (width + windowWidth - 1) / windowWidth * windowWidth;
    }
    int shiftHeight = c.flag("shifted") ? c.below(1, windowHeight)[0] : 0;
    int shiftWidth = c.flag("shifted") ? c.below(1, windowWidth)[0] : 0;
    PaddingOrder order = c.choose("order", PaddingOrder.values());
    return c.note(
        "geometry",
        new WindowGeometry(
            batch, height, width, windowHeight, windowWidth, shiftHeight, shiftWidth, order));
  }

  private static int imageSize(WindowGeometry geometry, int channels) {
    return geometry.batch() * geometry.height() * geometry.width() * channels;
  }

  private static int windowsSize(WindowGeometry geometry, int channels) {
    return geometry.batch() * geometry.windows() * geometry.windowTokens() * channels;
  }

  @Test
  void cyclicShift() {
    Cases.run(
        "cyclicShift",
        80,
        c -> {
          int batch = c.choose("batch", 1, 2, 3);
          int height = c.size("height", 20);
          int width = c.size("width", 20);
          int channels = c.size("channels", 100);
          int down = c.below(1, 4 * height + 1)[0] - 2 * height;
          int right = c.below(1, 4 * width + 1)[0] - 2 * width;
          c.note("shift", down + ", " + right);
          double[] x = c.normal(batch * height * width * channels);
          c.compare(
              side -> side.backend()
                  .window()
                  .cyclicShift(
                      batch, height, width, channels, down, right, side.in(x),
                      side.out("y", x.length, Tolerance.EXACT)));
        });
  }

  @Test
  void partition() {
    Cases.run(
        "partition",
        80,
        c -> {
          WindowGeometry geometry = geometry(c, 8, 20);
          int channels = c.size("channels", 100);
          double[] image = c.normal(imageSize(geometry, channels));
          c.compare(
              side -> side.backend()
                  .window()
                  .partition(
                      geometry, channels, side.in(image),
                      side.out("windows", windowsSize(geometry, channels), Tolerance.EXACT)));
        });
  }

  @Test
  void reverse() {
    Cases.run(
        "reverse",
        80,
        c -> {
          WindowGeometry geometry = geometry(c, 8, 20);
          int channels = c.size("channels", 100);
          double[] windows = c.normal(windowsSize(geometry, channels));
          c.compare(
              side -> side.backend()
                  .window()
                  .reverse(
                      geometry, channels, side.in(windows),
                      side.out("image", imageSize(geometry, channels), Tolerance.EXACT)));
        });
  }
}
