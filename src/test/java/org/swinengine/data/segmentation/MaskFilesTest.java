package org.swinengine.data.segmentation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.data.DatasetException;

/** Masks of every kind of PNG, and what is none. */
class MaskFilesTest {
  @TempDir
  Path folder;

  private Path save(String name, BufferedImage image, int... samples) throws IOException {
    image.getRaster().setPixels(0, 0, image.getWidth(), image.getHeight(), samples);
    Path file = folder.resolve(name);
    ImageIO.write(image, name.endsWith("jpg") ? "jpg" : "png", file.toFile());
    return file;
  }

  private ClassTable table(String text) throws IOException {
    Path file = folder.resolve("classes.csv");
    Files.writeString(file, text);
    return ClassTable.read(file);
  }

  private static String fails(Executable what) {
    String message = assertThrows(DatasetException.class, what).getMessage();
    assertEquals(1, message.lines().count(), message);
    return message;
  }

  private static BufferedImage palette(int bits) {
    byte[] colours = new byte[1 << bits];
    return new BufferedImage(
        2, 2, bits == 8 ? BufferedImage.TYPE_BYTE_INDEXED : BufferedImage.TYPE_BYTE_BINARY,
        new IndexColorModel(bits, 1 << bits, colours, colours, colours));
  }

  @Test
  void numbersOfGreyAndPalettesStandForClasses() throws IOException {
    ClassTable classes = table("0,background\n1,nucleus,,255\n2,edge,#00ff00,2\n\n");
    BufferedImage grey = new BufferedImage(2, 2, BufferedImage.TYPE_BYTE_GRAY);
    Mask mask = MaskFiles.read(save("grey.png", grey, 0, 255, 2, 0), classes, null);
    assertArrayEquals(new int[] {0, 1, 2, 0}, mask.labels());
    BufferedImage wide = new BufferedImage(2, 2, BufferedImage.TYPE_USHORT_GRAY);
    assertArrayEquals(
        new int[] {1, 0, 0, 2}, MaskFiles.read(save("wide.png", wide, 255, 0, 0, 2), classes, null).labels());
    assertArrayEquals(
        new int[] {0, 2, 2, 1},
        MaskFiles.read(save("8.png", palette(8), 0, 2, 2, 255), classes, null).labels());
    ClassTable numbered = ClassTable.numbered(List.of("a", "b", "c", "d"));
    for (int bits : new int[] {2, 4}) {
      assertArrayEquals(
          new int[] {0, 3, 2, 1},
          MaskFiles.read(save(bits + ".png", palette(bits), 0, 3, 2, 1), numbered, null).labels());
    }
    assertArrayEquals(
        new int[] {0, 1, 1, 0},
        MaskFiles.read(
            save("1.png", new BufferedImage(2, 2, BufferedImage.TYPE_BYTE_BINARY), 0, 1, 1, 0), numbered,
            null)
            .labels());
    assertArrayEquals(
        new int[] {0, 255, 2, 0},
        MaskFiles.read(folder.resolve("grey.png"), numbered, 255).labels());
    assertEquals(
        "The mask " + folder.resolve("grey.png") + " has the value 255 at row 0, column 1, but values of"
            + " classes are [0, 1, 2, 3].",
        fails(() -> MaskFiles.read(folder.resolve("grey.png"), numbered, null)));
  }

  @Test
  void coloursStandForTheClassesThatHaveThem() throws IOException {
    ClassTable classes = table("0,background,#000000\n1,liver,#ff8000\n");
    BufferedImage rgb = new BufferedImage(2, 1, BufferedImage.TYPE_INT_RGB);
    Path file = save("rgb.png", rgb, 255, 128, 0, 0, 0, 0);
    assertArrayEquals(new int[] {1, 0}, MaskFiles.read(file, classes, null).labels());
    BufferedImage clear = new BufferedImage(2, 1, BufferedImage.TYPE_INT_ARGB);
    Path transparent = save("argb.png", clear, 255, 128, 0, 0, 0, 0, 0, 9);
    assertArrayEquals(new int[] {1, 0}, MaskFiles.read(transparent, classes, null).labels());
    Path other = save("other.png", rgb, 255, 128, 0, 1, 2, 3);
    assertTrue(
        fails(() -> MaskFiles.read(other, classes, null))
            .endsWith("other.png has the colour #010203 at row 0, column 1, which is no class's."));
    assertTrue(
        fails(() -> MaskFiles.read(file, ClassTable.numbered(List.of("a", "b")), null))
            .contains("no colour is given"));
  }

  @Test
  void objectsHaveMasksOfTheirOwn() throws IOException {
    BufferedImage grey = new BufferedImage(2, 2, BufferedImage.TYPE_BYTE_GRAY);
    Path first = save("a.png", grey, 255, 255, 0, 0);
    Path second = save("b.png", grey, 0, 255, 0, 255);
    assertArrayEquals(new int[] {1, 1, 0, 2}, MaskFiles.objects(List.of(first, second)).labels());
    Path empty = save("c.png", grey, 0, 0, 0, 0);
    assertTrue(fails(() -> MaskFiles.objects(List.of(first, empty))).contains("c.png of an object is empty"));
    Path wide = save("d.png", new BufferedImage(3, 1, BufferedImage.TYPE_BYTE_GRAY), 255, 0, 0);
    assertTrue(fails(() -> MaskFiles.objects(List.of(first, wide))).contains("3x1 pixels large"));
    assertTrue(fails(() -> MaskFiles.objects(List.of())).contains("no mask"));
  }

  @Test
  void predictionsAreWrittenWithColoursAndReadBack() throws IOException {
    ClassTable classes = table("0,background,#102030\n1,liver,#ff8000\n");
    Path file = folder.resolve("prediction.png");
    MaskFiles.write(file, 2, 3, new int[] {0, 1, 1, 0, 0, 1}, classes);
    assertArrayEquals(new int[] {0, 1, 1, 0, 0, 1}, MaskFiles.read(file, classes, null).labels());
    assertEquals(0xFFFF8000, ImageIO.read(file.toFile()).getRGB(1, 0));
    List<String> names = new ArrayList<>(Collections.nCopies(400, "x"));
    ClassTable many = ClassTable.numbered(names);
    MaskFiles.write(file, 1, 3, new int[] {0, 399, 256}, many);
    assertArrayEquals(new int[] {0, 399, 256}, MaskFiles.read(file, many, null).labels());
    assertThrows(
        IllegalArgumentException.class, () -> MaskFiles.write(file, 1, 1, new int[] {2}, classes));
  }

  @Test
  void standardColoursArePascalVocs() {
    int[] wanted = {0x000000, 0x800000, 0x008000, 0x808000, 0x000080, 0x800080, 0x008080, 0x808080, 0x400000};
    for (int i = 0; i < wanted.length; i++) {
      assertEquals(wanted[i], ClassTable.standardColour(i));
    }
    assertEquals(0xE0E0C0, ClassTable.standardColour(255));
  }

  @Test
  void jpegAndDamagedFilesAreRefusedWithTheReason() throws IOException {
    ClassTable classes = ClassTable.numbered(List.of("a", "b"));
    Path jpeg = save("m.jpg", new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_GRAY), 0, 1);
    assertTrue(fails(() -> MaskFiles.read(jpeg, classes, null)).contains("is a JPEG"));
    Path png = save("m.png", new BufferedImage(40, 40, BufferedImage.TYPE_BYTE_GRAY), new int[1600]);
    byte[] bytes = Files.readAllBytes(png);
    byte[] bomb = bytes.clone();
    bomb[16] = 0x40;
    bomb[20] = 0x40;
    for (byte[] damaged : new byte[][] {{}, {1, 2, 3}, java.util.Arrays.copyOf(bytes, 45), bomb}) {
      Files.write(png, damaged);
      fails(() -> MaskFiles.read(png, classes, null));
    }
    assertTrue(fails(() -> MaskFiles.read(folder.resolve("none.png"), classes, null)).contains("not exist"));
    fails(() -> MaskFiles.read(folder, classes, null));
  }

  @Test
  void tablesOfClassesSayTheirLine() {
    for (String text : List.of(
        "", "0,a\n", "0,a\n2,b\n", "x,a\n1,b\n", "0,a\n1,\n", "0,a\n1,b,red\n", "0,a\n1,b,,0\n",
        "0,a,#000000\n1,b,#000000\n", "0,a,,,\n1,b\n", "0,a\n1,b,,70000\n")) {
      fails(() -> table(text));
    }
  }
}
