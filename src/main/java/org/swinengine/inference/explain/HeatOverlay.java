package org.swinengine.inference.explain;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.swinengine.data.RawImage;
import org.swinengine.inference.PicturePart;
import org.swinengine.inference.Preprocessing;
import org.swinengine.weights.PendingFile;
import org.swinengine.weights.WeightFileException;

/** Pictures with their heat map over them, from blue (cold) to red (hot). */
public final class HeatOverlay {
  /** How much of the picture is left. */
  private static final double PICTURE = 0.5;

  private HeatOverlay() {}

  /**
   * The picture in its own size, with the heat over the part that the model has seen; what the preprocessing
   * cuts off stays as it is.
   */
  public static BufferedImage draw(RawImage picture, HeatMap heat, Preprocessing preprocessing) {
    RawImage colored = picture.withChannels(3);
    HeatMap scaled = heat.scaled();
    PicturePart seen = preprocessing.seenOf(picture.height(), picture.width());
    BufferedImage image =
        new BufferedImage(picture.width(), picture.height(), BufferedImage.TYPE_INT_RGB);
    byte[] pixels = colored.pixels();
    for (int y = 0; y < picture.height(); y++) {
      for (int x = 0; x < picture.width(); x++) {
        int at = 3 * (y * picture.width() + x);
        double down = (y + 0.5 - seen.top()) / seen.height();
        double across = (x + 0.5 - seen.left()) / seen.width();
        boolean inside = down >= 0 && down <= 1 && across >= 0 && across <= 1;
        double value = inside ? scaled.at(down, across) : 0;
        int rgb = 0;
        for (int c = 0; c < 3; c++) {
          int own = pixels[at + c] & 255;
          double mixed = inside ? PICTURE * own + (1 - PICTURE) * 255 * color(value, c) : own;
          rgb = rgb << 8 | (int) Math.rint(mixed);
        }
        image.setRGB(x, y, rgb);
      }
    }
    return image;
  }

  /** Red, green or blue of the colours that Matlab and Matplotlib call jet, 0 to 1. */
  private static double color(double value, int channel) {
    double centre = channel == 0 ? 3 : channel == 1 ? 2 : 1;
    return Math.min(1, Math.max(0, 1.5 - Math.abs(4 * value - centre)));
  }

  /**
   * Writes {@link #draw} as PNG; by a temporary file, so that a file of that name is replaced as a whole.
   *
   * @throws WeightFileException when it cannot be written
   * @throws IOException when PNG cannot hold the picture
   */
  public static void write(Path file, RawImage picture, HeatMap heat, Preprocessing preprocessing)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(draw(picture, heat, preprocessing), "png", bytes);
    try (PendingFile pending = PendingFile.open(file)) {
      pending.write(ByteBuffer.wrap(bytes.toByteArray()));
      pending.commit();
    }
  }
}
