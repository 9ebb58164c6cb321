package org.swinengine.backend.cuda;

import org.swinengine.backend.DType;
import org.swinengine.backend.PatchKernels;
import org.swinengine.backend.Span;

/** Patch family on the GPU: {@code patch.cu}. */
final class CudaPatch implements PatchKernels {
  private static final String FAMILY = "patch";

  /** Words that a block of an exchange moves: four for each thread. */
  private static final int PIECE = 1024;

  private final CudaDevice device;
  private final CudaNorm norm;

  CudaPatch(CudaDevice device, CudaNorm norm) {
    this.device = device;
    this.norm = norm;
  }

  @Override
  public void embedGather(int batch, int channels, int height, int width, int patch, Span image, Span rows) {
    embed("embedGather", batch, channels, height, width, patch, image, rows, true);
  }

  @Override
  public void embedScatter(int batch, int channels, int height, int width, int patch, Span rows, Span image) {
    embed("embedScatter", batch, channels, height, width, patch, image, rows, false);
  }

  private void embed(
      String name, int batch, int channels, int height, int width, int patch, Span image, Span rows,
      boolean gather) {
    if (batch == 0) {
      return;
    }
    CudaBuffer.checkType(name, "the patches' rows", rows, image.buffer().dtype());
    int patchRows = (height + patch - 1) / patch;
    int patchColumns = (width + patch - 1) / patch;
    long pixels = CudaBuffer.address(image, (long) batch * channels * height * width);
    long patches =
        CudaBuffer.address(rows, (long) batch * patchRows * patchColumns * channels * patch * patch);
    Words words = new Words(image.buffer().dtype().bytes(), pixels | patches, width | patch);
    long strip = (long) channels * patch * (gather ? (long) patchColumns * words.of(patch) : words.of(width));
    launch(words.named(name), (long) batch * patchRows, strip)
        .size("channels", channels)
        .size("height", height)
        .size("width in words", words.of(width))
        .size("patch rows", patchRows)
        .size("patch columns", patchColumns)
        .size("patch", patch)
        .size("patch in words", words.of(patch))
        .address(gather ? image : rows, gather ? pixels : patches)
        .address(gather ? rows : image, gather ? patches : pixels)
        .run();
  }

  @Override
  public void mergeGather(int batch, int height, int width, int channels, Span x, Span merged) {
    merge("mergeGather", batch, height, width, channels, x, merged, true);
  }

  @Override
  public void mergeGather(
      int batch, int height, int width, int channels, Span x, Span merged, Span rowStatistics) {
    int mergedHeight = (height + 1) / 2;
    int mergedWidth = (width + 1) / 2;
    int rows = batch * mergedHeight * mergedWidth;
    long tokens = CudaBuffer.address(x, (long) batch * height * width * channels);
    long target = CudaBuffer.address(merged, (long) rows * 4 * channels);
    Words words = new Words(x.buffer().dtype().bytes(), tokens | target, channels);
    String name = words.named("mergeGatherStatistics");
    if (norm.rowStatisticsSize(x.buffer().dtype(), channels) == 0 || !name.endsWith("_16")) {
      mergeGather(batch, height, width, channels, x, merged);
      norm.rowStatistics(rows, 4 * channels, merged, rowStatistics);
    } else if (rows > 0) {
      CudaBuffer.checkType("mergeGather", "the merged tokens", merged, x.buffer().dtype());
      CudaNorm.checkRowStatistics(rowStatistics);
      launch(name, (long) batch * mergedHeight, 4L * mergedWidth * words.of(channels))
          .size("height", height)
          .size("width", width)
          .size("channels in words", words.of(channels))
          .address(x, tokens)
          .address(merged, target)
          .span(rowStatistics, (long) rows * norm.rowStatisticsSize(DType.BF16, 4 * channels))
          .run();
    }
  }

  @Override
  public void mergeScatter(int batch, int height, int width, int channels, Span merged, Span x) {
    merge("mergeScatter", batch, height, width, channels, x, merged, false);
  }

  private void merge(
      String name, int batch, int height, int width, int channels, Span x, Span merged, boolean gather) {
    if (batch == 0 || channels == 0) {
      return;
    }
    CudaBuffer.checkType(name, "the merged tokens", merged, x.buffer().dtype());
    int mergedHeight = (height + 1) / 2;
    int mergedWidth = (width + 1) / 2;
    long tokens = CudaBuffer.address(x, (long) batch * height * width * channels);
    long target = CudaBuffer.address(merged, (long) batch * mergedHeight * mergedWidth * 4 * channels);
    Words words = new Words(x.buffer().dtype().bytes(), tokens | target, channels);
    long strip = (gather ? 4L * mergedWidth : width) * words.of(channels);
    launch(words.named(name), (long) batch * (gather ? mergedHeight : height), strip)
        .size("height", height)
        .size("width", width)
        .size("channels in words", words.of(channels))
        .address(gather ? x : merged, gather ? tokens : target)
        .address(gather ? merged : x, gather ? target : tokens)
        .run();
  }

  @Override
  public void exchange(int outer, int rows, int columns, int run, Span x, Span y) {
    if (outer == 0 || rows == 0 || columns == 0 || run == 0) {
      return;
    }
    CudaBuffer.checkType("exchange", "the result", y, x.buffer().dtype());
    long part = (long) rows * columns * run;
    long from = CudaBuffer.address(x, outer * part);
    long to = CudaBuffer.address(y, outer * part);
    Words words = new Words(x.buffer().dtype().bytes(), from | to, run);
    int strip = Math.toIntExact(words.of(part));
    int pieces = (int) ((strip + (PIECE - 1L)) / PIECE);
    launch(words.named("exchange"), (long) outer * pieces, Math.min(strip, PIECE))
        .size("rows", rows)
        .size("columns", columns)
        .size("run in words", words.of(run))
        .size("pieces", pieces)
        .address(x, from)
        .address(y, to)
        .run();
  }

  /** A block for each strip of so many words. */
  private Launch launch(String name, long strips, long words) {
    return device.launch(device.kernel(FAMILY, name)).grid(strips).block(Words.threads(words));
  }
}
