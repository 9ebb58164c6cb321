package org.swinengine.data;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Images that the tests share, and the files that Pillow 12.3 made of them (see golden.py beside those). */
public final class TestImages {
  private TestImages() {}

  /** Noise from a linear congruential generator, the same as in golden.py. */
  public static RawImage noise(int height, int width, int channels, int seed) {
    byte[] pixels = new byte[height * width * channels];
    int state = seed;
    for (int i = 0; i < pixels.length; i++) {
      state = state * 1664525 + 1013904223;
      pixels[i] = (byte) (state >>> 24);
    }
    return new RawImage(height, width, channels, pixels);
  }

  public static byte[] resource(String name) {
    try (InputStream in = TestImages.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads a golden PNG (8 bits, grey or RGB) with the JDK alone, not with the decoder under test. */
  public static RawImage golden(String name) {
    try (InputStream in = TestImages.class.getResourceAsStream(name)) {
      BufferedImage image = ImageIO.read(in);
      int bands = image.getRaster().getNumBands();
      int[] samples = image.getRaster().getPixels(0, 0, image.getWidth(), image.getHeight(), (int[]) null);
      byte[] pixels = new byte[samples.length];
      for (int i = 0; i < samples.length; i++) {
        pixels[i] = (byte) samples[i];
      }
      return new RawImage(image.getHeight(), image.getWidth(), bands, pixels);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The largest difference of two images of the same shape. */
  public static int difference(RawImage a, RawImage b) {
    if (a.height() != b.height() || a.width() != b.width() || a.channels() != b.channels()) {
      throw new AssertionError(
          "shapes differ: " + a.height() + "x" + a.width() + "x" + a.channels() + " and " + b.height() + "x"
              + b.width() + "x" + b.channels());
    }
    int largest = 0;
    for (int i = 0; i < a.pixels().length; i++) {
      largest = Math.max(largest, Math.abs((a.pixels()[i] & 255) - (b.pixels()[i] & 255)));
    }
    return largest;
  }

  /** Writes a small PNG of one grey level, and the folders above it. */
  public static void writePng(Path file, int level) throws IOException {
    Files.createDirectories(file.getParent());
    BufferedImage image = new BufferedImage(4, 3, BufferedImage.TYPE_BYTE_GRAY);
    for (int y = 0; y < 3; y++) {
      for (int x = 0; x < 4; x++) {
        image.getRaster().setSample(x, y, 0, level);
      }
    }
    ImageIO.write(image, "png", file.toFile());
  }
}
