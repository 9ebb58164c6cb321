package org.swinengine.conformance;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("conformance")
@Tag("numerics")
class PatchConformanceTest {
  @FunctionalInterface
  private interface Body {
    void run(Cases c, int batch, int channels, int height, int width, int patch, int imageSize, int rowsSize);
  }

  private static void embed(String name, Body body) {
    Cases.run(
        name,
        80,
        c -> {
          int batch = c.size("batch", 5);
          int channels = c.choose("channels", 1, 2, 3);
          boolean large = c.choose("large", 0, 0, 0, 1) == 1;
          int height = c.size("height", large ? 100 : 30);
          int width = c.size("width", large ? 100 : 30);
          int patch = c.choose("patch", 1, 2, 3, 4, 7, 16);
          int patches = ((height + patch - 1) / patch) * ((width + patch - 1) / patch);
          int imageSize = batch * channels * height * width;
          body.run(
              c, batch, channels, height, width, patch, imageSize,
              batch * patches * channels * patch * patch);
        });
  }

  @Test
  void embedGather() {
    embed(
        "embedGather",
        (c, batch, channels, height, width, patch, imageSize, rowsSize) -> {
          double[] image = c.normal(imageSize);
          c.compare(
              side -> side.backend()
                  .patch()
                  .embedGather(
                      batch, channels, height, width, patch, side.in(image),
                      side.out("rows", rowsSize, Tolerance.EXACT)));
        });
  }

  @Test
  void embedScatter() {
    embed(
        "embedScatter",
        (c, batch, channels, height, width, patch, imageSize, rowsSize) -> {
          double[] rows = c.normal(rowsSize);
          c.compare(
              side -> side.backend()
                  .patch()
                  .embedScatter(
                      batch, channels, height, width, patch, side.in(rows),
                      side.out("image", imageSize, Tolerance.EXACT)));
        });
  }

  @Test
  void mergeGather() {
    Cases.run(
        "mergeGather",
        80,
        c -> {
          int batch = c.size("batch", 4);
          int height = c.size("height", 17);
          int width = c.size("width", 17);
          int channels = c.size("channels", 130);
          int merged = batch * ((height + 1) / 2) * ((width + 1) / 2) * 4 * channels;
          double[] x = c.normal(batch * height * width * channels);
          c.compare(
              side -> side.backend()
                  .patch()
                  .mergeGather(
                      batch, height, width, channels, side.in(x),
                      side.out("merged", merged, Tolerance.EXACT)));
        });
  }

  @Test
  void mergeScatter() {
    Cases.run(
        "mergeScatter",
        80,
        c -> {
          int batch = c.size("batch", 4);
          int height = c.size("height", 17);
          int width = c.size("width", 17);
          int channels = c.size("channels", 130);
          double[] merged = c.normal(batch * ((height + 1) / 2) * ((width + 1) / 2) * 4 * channels);
          c.compare(
              side -> side.backend()
                  .patch()
                  .mergeScatter(
                      batch, height, width, channels, side.in(merged),
                      side.out("x", batch * height * width * channels, Tolerance.EXACT)));
        });
  }

  @Test
  void exchange() {
    Cases.run(
        "exchange",
        80,
        c -> {
          int outer = c.size("outer", 6);
          int rows = c.size("rows", 90);
          int columns = c.size("columns", 90);
          int run = c.choose("run", 1, 1, 1, 2, 4, 7, 8, 9, 32);
          if ((long) outer * rows * columns * run > 1_000_000) {
            outer = 1;
            run = 1;
          }
          int size = outer * rows * columns * run;
          int parts = outer;
          int length = run;
          double[] x = c.normal(size);
          c.compare(
              side -> side.backend()
                  .patch()
                  .exchange(
                      parts, rows, columns, length, side.in(x), side.out("y", size, Tolerance.EXACT)));
        });
  }
}
