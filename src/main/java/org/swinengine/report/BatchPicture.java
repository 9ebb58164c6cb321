package org.swinengine.report;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.swinengine.data.Batch;
import org.swinengine.data.BatchLoader;
import org.swinengine.data.Dataset;
import org.swinengine.data.ImagePipeline;
import org.swinengine.data.LoaderOptions;
import org.swinengine.data.RawImage;

/**
 * What a model is shown: the first pictures of an epoch after all transforms, erased rectangles included, as
 * one PNG with the names of their classes. The normalisation is taken back.
 */
public final class BatchPicture {
  private static final int GAP = 6;
  private static final int SMALLEST_SIDE = 96;
  private static final int BACKGROUND = 0xFFFFFF;
  private static final int TEXT = 0x202020;

  private BatchPicture() {}

  /**
   * Writes the file; an older one is replaced when the new one is complete.
   *
   * @param file a name that ends in {@code .png}
   * @param pipeline that of training
   * @param seed of the run
   * @param epoch number of the epoch, from 0
   * @param count how many pictures, at least 1; the first of the epoch's order, as training would see them
   * @throws IOException with a sentence for the user if data cannot be read or the file not be written
   */
  public static void write(
      Path file, Dataset dataset, ImagePipeline pipeline, long seed, int epoch, int count)
      throws IOException {
    if (count < 1) {
      throw new IllegalArgumentException("a picture of " + count + " images shows nothing; give at least 1");
    }
    TextFile.replace(file, png(dataset, pipeline, seed, epoch, count));
  }

  private static byte[] png(Dataset dataset, ImagePipeline pipeline, long seed, int epoch, int count)
      throws IOException {
    int pictures = Math.min(count, dataset.size());
    LoaderOptions options = new LoaderOptions(Math.max(1, pictures), true, false, seed, 0, 1);
    try (BatchLoader loader = new BatchLoader(dataset, pipeline, options)) {
      loader.startEpoch(epoch, 0);
      Batch batch = loader.next();
      if (batch == null) {
        throw new IllegalStateException("an epoch without a batch");
      }
      BufferedImage grid = grid(batch, dataset, pipeline);
      batch.release();
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      ImageIO.write(grid, "png", out);
      return out.toByteArray();
    }
  }

  private static BufferedImage grid(Batch batch, Dataset dataset, ImagePipeline pipeline) {
    int columns = (int) Math.ceil(Math.sqrt(batch.size()));
    int rows = (batch.size() + columns - 1) / columns;
    int shorter = Math.min(pipeline.height(), pipeline.width());
    // Whole multiples show the pixels that the model sees.
    int zoom = (SMALLEST_SIDE + shorter - 1) / shorter;
    int width = pipeline.width() * zoom;
    int height = pipeline.height() * zoom;
    int scale = width >= 2 * SMALLEST_SIDE ? 2 : 1;
    int cellHeight = height + 2 * GAP + Glyphs.HEIGHT * scale;
    BufferedImage grid =
        new BufferedImage(
            columns * (width + GAP) + GAP, rows * cellHeight + GAP, BufferedImage.TYPE_INT_RGB);
    int[] background = new int[grid.getWidth()];
    Arrays.fill(background, BACKGROUND);
    for (int y = 0; y < grid.getHeight(); y++) {
      grid.setRGB(0, y, grid.getWidth(), 1, background, 0, grid.getWidth());
    }
    for (int i = 0; i < batch.size(); i++) {
      int left = GAP + i % columns * (width + GAP);
      int top = GAP + i / columns * cellHeight;
      draw(grid, left, top, ShownInput.of(batch.images(), i * pipeline.floatsPerImage(), pipeline), zoom);
      String name = Glyphs.fitting(dataset.classNames().get(batch.labels()[i]), width, scale);
      int textLeft = left + Math.max(0, (width - name.length() * Glyphs.ADVANCE * scale) / 2);
      Glyphs.draw(grid, name, textLeft, top + height + GAP / 2, scale, TEXT);
    }
    return grid;
  }

  private static void draw(BufferedImage grid, int left, int top, RawImage image, int zoom) {
    byte[] pixels = image.pixels();
    for (int y = 0; y < image.height() * zoom; y++) {
      for (int x = 0; x < image.width() * zoom; x++) {
        int at = 3 * (y / zoom * image.width() + x / zoom);
        int rgb = (pixels[at] & 255) << 16 | (pixels[at + 1] & 255) << 8 | pixels[at + 2] & 255;
        grid.setRGB(left + x, top + y, rgb);
      }
    }
  }
}
