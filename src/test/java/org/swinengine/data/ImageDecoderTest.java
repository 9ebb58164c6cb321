package org.swinengine.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The expected pixels are those of Pillow 12.3's {@code convert("RGB")}; see golden.py beside the files. */
class ImageDecoderTest {
  private static RawImage decode(String name) throws IOException {
    return ImageDecoder.decode(TestImages.resource(name));
  }

  private static void assertPixels(String name, int tolerance) throws IOException {
    RawImage expected = TestImages.golden(name + ".expected.png");
    assertTrue(TestImages.difference(expected, decode(name).withChannels(3)) <= tolerance,
        name + " differs by " + TestImages.difference(expected, decode(name).withChannels(3)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "palette.png", "palette.gif", "rgba.png", "grey-alpha.png", "one-bit.png", "rgb-16-bit.png",
        "rgb.bmp",
        "rgb.tif", "cmyk.tif", "rgb-lossless.webp"
      })
  void losslessFormatsEqualPillow(String name) throws IOException {
    assertPixels(name, 0);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rgb-420.jpg", "rgb-444-no-jfif.jpg", "grey.jpg", "rgb-profile.jpg", "rgb-exif-rotated.jpg",
        "progressive.jpg", "cmyk.jpg", "ycck.jpg"
      })
  void jpegEqualsPillow(String name) throws IOException {
    assertPixels(name, 0);
  }

  @Test
  void greyFilesStayGrey() throws IOException {
    assertEquals(1, decode("grey.jpg").channels());
    assertEquals(1, decode("grey-alpha.png").channels());
    assertEquals(1, decode("one-bit.png").channels());
    assertEquals(3, decode("palette.png").channels());
  }

  @Test
  void sixteenBitGreyKeepsTheUpperByte() throws IOException {
    RawImage image = decode("grey-16-bit.png");
    RawImage upperBytes = TestImages.noise(24, 40, 1, 7);
    assertEquals(0, TestImages.difference(upperBytes, image));
  }

  @ParameterizedTest
  @ValueSource(strings = {"rgb-420.jpg", "cmyk.jpg", "grey.jpg", "progressive.jpg", "rgba.png",
    "palette.gif"})
  void aCutOffFileIsAnError(String name) {
    byte[] whole = TestImages.resource(name);
    for (int kept : new int[] {whole.length / 2, whole.length * 4 / 5, 20, 3}) {
      UnreadableImageException e =
          assertThrows(
              UnreadableImageException.class, () -> ImageDecoder.decode(Arrays.copyOf(whole, kept)), name
                  + " " + kept);
      assertTrue(e.getMessage().startsWith("is "), e.getMessage());
    }
  }

  @Test
  void otherFilesAreErrors(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("notes.jpg");
    Files.writeString(file, "shopping list");
    String message = assertThrows(DatasetException.class, () -> ImageDecoder.decode(file)).getMessage();
    assertTrue(message.contains("notes.jpg is not an image of a known format"), message);
    Files.write(file, new byte[0]);
    message = assertThrows(DatasetException.class, () -> ImageDecoder.decode(file)).getMessage();
    assertTrue(message.contains("notes.jpg is empty."), message);
    message =
        assertThrows(DatasetException.class, () -> ImageDecoder.decode(folder.resolve("gone.png")))
            .getMessage();
    assertTrue(message.contains("gone.png does not exist"), message);
  }

  @Test
  void bytesAndStreamsAreDecodedLikeFiles(@TempDir Path folder) throws IOException {
    byte[] bytes = TestImages.resource("cmyk.jpg");
    RawImage expected = ImageDecoder.decode(Files.write(folder.resolve("a.jpg"), bytes));
    assertEquals(0, TestImages.difference(expected, ImageDecoder.decode(bytes, "the upload")));
    RawImage streamed = ImageDecoder.decode(new ByteArrayInputStream(bytes), "the upload");
    assertEquals(0, TestImages.difference(expected, streamed));
    byte[] half = Arrays.copyOf(bytes, bytes.length / 2);
    String message =
        assertThrows(DatasetException.class, () -> ImageDecoder.decode(half, "the upload")).getMessage();
    assertTrue(message.startsWith("The image the upload is "), message);
    assertEquals(
        message,
        assertThrows(
            DatasetException.class, () -> ImageDecoder.decode(new ByteArrayInputStream(half), "the upload"))
            .getMessage());
  }

  @Test
  void absurdSizesAreRefusedBeforeDecoding() {
    byte[] png = TestImages.resource("rgba.png");
    // Width and height of the IHDR chunk; its checksum is not verified by the JDK's reader.
    Arrays.fill(png, 17, 20, (byte) 0x3f);
    Arrays.fill(png, 21, 24, (byte) 0x3f);
    String message =
        assertThrows(UnreadableImageException.class, () -> ImageDecoder.decode(png)).getMessage();
    assertTrue(message.contains("more than the limit"), message);
  }
}
