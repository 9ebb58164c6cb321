package org.swinengine.data.segmentation;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.swinengine.data.ImageDecoder;
import org.swinengine.data.Interpolation;
import org.swinengine.data.RawImage;
import org.swinengine.data.Resize;

/**
 * Makes the built-in nuclei, {@code src/main/resources/org/swinengine/data/nuclei/nuclei.zip}, from the
 * stage 1 training set of the Data Science Bowl 2018 (Broad Bioimage Benchmark Collection BBBC038, CC0), of
 * which it takes the pictures of at most 360×360 pixels: each at 128×128, bicubic, and the union of its
 * nuclei's masks, 1 where a nucleus has half of the pixel or more. (The nearest of four to eight pixels would
 * be a coin toss along every edge, which nobody can learn.)
 *
 * <p>Arguments: a folder with {@code images/NAME.png} and {@code masks/NAME.png} (0 or 255), and the archive.
 */
public final class NucleiArchive {
  private static final int SIDE = 128;

  private NucleiArchive() {}

  /** Makes the archive. */
  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    List<Path> images;
    try (Stream<Path> files = Files.list(folder.resolve("images"))) {
      images = files.sorted().toList();
    }
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(Path.of(arguments[1])))) {
      zip.setMethod(ZipOutputStream.STORED);
      for (Path file : images) {
        String name = file.getFileName().toString().replace(".png", "");
        put(zip, name + ".png", png(picture(file)));
        put(zip, name + "-mask.png", png(mask(folder.resolve("masks").resolve(file.getFileName()))));
      }
    }
  }

  private static BufferedImage picture(Path file) throws IOException {
    RawImage small = Resize.exactly(SIDE, SIDE, Interpolation.BICUBIC).apply(ImageDecoder.decode(file), null);
    byte[] pixels = small.pixels();
    boolean grey = true;
    for (int i = 0; small.channels() == 3 && i < pixels.length; i += 3) {
      grey &= pixels[i] == pixels[i + 1] && pixels[i] == pixels[i + 2];
    }
    int type = grey ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_INT_RGB;
    BufferedImage image = new BufferedImage(SIDE, SIDE, type);
    for (int i = 0; i < SIDE * SIDE; i++) {
      for (int band = 0; band < (grey ? 1 : 3); band++) {
        int value = pixels[i * small.channels() + band] & 255;
        image.getRaster().setSample(i % SIDE, i / SIDE, band, value);
      }
    }
    return image;
  }

  private static BufferedImage mask(Path file) throws IOException {
    RawImage grey = ImageDecoder.decode(file).withChannels(1);
    RawImage small = Resize.exactly(SIDE, SIDE, Interpolation.BILINEAR).apply(grey, null);
    BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_BYTE_BINARY);
    for (int i = 0; i < SIDE * SIDE; i++) {
      image.getRaster().setSample(i % SIDE, i / SIDE, 0, (small.pixels()[i] & 255) < 128 ? 0 : 1);
    }
    return image;
  }

  private static byte[] png(BufferedImage image) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
    ImageWriteParam how = writer.getDefaultWriteParam();
    how.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
    how.setCompressionQuality(0);
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      writer.setOutput(out);
      writer.write(null, new IIOImage(image, null, null), how);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  private static void put(OutputStream out, String name, byte[] bytes) throws IOException {
    ZipOutputStream zip = (ZipOutputStream) out;
    ZipEntry entry = new ZipEntry(name);
    CRC32 sum = new CRC32();
    sum.update(bytes);
    entry.setCrc(sum.getValue());
    entry.setSize(bytes.length);
    entry.setTimeLocal(LocalDateTime.of(2018, 4, 16, 0, 0));
    zip.putNextEntry(entry);
    zip.write(bytes);
    zip.closeEntry();
  }
}
