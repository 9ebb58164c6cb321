package org.swinengine.data.segmentation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.data.DatasetException;
import org.swinengine.data.ImagePipeline;
import org.swinengine.data.Normalize;
import org.swinengine.data.RawImage;
import org.swinengine.data.SampleRandom;
import org.swinengine.data.SampleRange;
import org.swinengine.data.Transform;
import org.swinengine.data.augment.ElasticDeformation;
import org.swinengine.data.augment.FillColor;
import org.swinengine.data.augment.RandomRotation;
import org.swinengine.data.list.ListColumns;

/** Masks of classes that lie on one another, in all the ways in which they are stored. */
class OverlappingDataTest {
  /** Of a picture of 2×3: class 1, both, class 2, nothing, both, nothing. */
  private static final int[] SETS = {1, 3, 2, 0, 3, 0};

  private static final Normalize PLAIN = new Normalize(new float[] {0}, new float[] {1});

  @TempDir
  Path folder;

  private static SegmentationOptions options(Boolean overlapping) {
    return SegmentationOptions.DEFAULT.withOverlapping(overlapping);
  }

  private SegmentationDataset open(Boolean overlapping) throws IOException {
    return SegmentationData.at(folder, options(overlapping)).all();
  }

  private String refused(Boolean overlapping) {
    return String.valueOf(
        assertThrows(DatasetException.class, () -> open(overlapping).pair(0)).getMessage());
  }

  private void picture(String name) throws IOException {
    Files.createDirectories(folder.resolve("images"));
    MaskWorld.grey(folder.resolve("images").resolve(name), 2, 3, 1, 2, 3, 4, 5, 6);
  }

  private void mask(String name, int... levels) throws IOException {
    Path file = folder.resolve("masks").resolve(name);
    Files.createDirectories(file.getParent());
    MaskWorld.grey(file, 2, 3, levels);
  }

  private static int[] sets(ImageAndMask pair) {
    RawImage mask = pair.mask();
    int[] sets = new int[mask.height() * mask.width()];
    Arrays.setAll(sets, i -> ClassSets.at(mask.pixels(), mask.channels(), i));
    return sets;
  }

  private void foldersOfClasses() throws IOException {
    picture("a.png");
    picture("b.png");
    mask("core/a.png", 255, 255, 0, 0, 255, 0);
    mask("whole/a.png", 0, 1, 1, 0, 1, 0);
    mask("whole/b_mask.png", 0, 0, 0, 0, 0, 9);
  }

  @Test
  void aFolderOfMasksForEachClass() throws IOException {
    foldersOfClasses();
    SegmentationData data = SegmentationData.at(folder, options(null));
    SegmentationDataset all = data.all();
    assertTrue(all.isOverlapping(), "found out");
    assertEquals(List.of("core", "whole"), all.classNames());
    assertEquals(List.of("background", "core", "whole"), all.classes().names());
    assertArrayEquals(SETS, sets(all.pair(0)));
    assertArrayEquals(new int[] {0, 0, 0, 0, 0, 2}, sets(all.pair(1)));
    assertTrue(data.notes().toString().contains("1 pictures in " + folder.resolve("images")),
        "missing masks");
    assertTrue(data.notes().toString().contains("`overlappingLabels` on"), data.notes().toString());
  }

  @Test
  void whatOverlapsIsNamedWherePixelsHaveOneClass() throws IOException {
    foldersOfClasses();
    String sentence = refused(false);
    assertEquals(
        "The masks " + folder.resolve("masks/core/a.png") + " and " + folder.resolve("masks/whole/a.png")
            + " lie on one another at row 0, column 1: it would be core and whole; a pixel has one class"
            + " unless `overlappingLabels` is on.",
        sentence);
  }

  @Test
  void classesThatDoNotOverlapAreNumbers() throws IOException {
    picture("a.png");
    mask("liver/a.png", 255, 0, 0, 0, 0, 0);
    mask("background/a.png", 0, 255, 0, 255, 255, 255);
    mask("spleen/a.png", 0, 0, 255, 0, 0, 0);
    SegmentationDataset all = open(null);
    assertFalse(all.isOverlapping());
    assertEquals(List.of("background", "liver", "spleen"), all.classNames());
    assertArrayEquals(new byte[] {1, 0, 2, 0, 0, 0}, all.pair(0).mask().pixels());
    assertArrayEquals(new int[] {1, 0, 2, 0, 0, 0}, sets(open(true).pair(0)));
  }

  @Test
  void aFolderOfMasksForEachPictureIsOfClassesWhereTheTableHasTheirNames() throws IOException {
    picture("a.png");
    mask("a/core.png", 255, 255, 0, 0, 255, 0);
    mask("a/whole.png", 0, 1, 1, 0, 1, 0);
    SegmentationDataset objects = open(null);
    assertEquals(2, objects.classNames().size(), "without a table they are objects");
    assertArrayEquals(new byte[] {1, 1, 1, 0, 1, 0}, objects.pair(0).mask().pixels());
    Files.writeString(folder.resolve("classes.csv"), "0,background\n1,core\n2,whole\n");
    SegmentationDataset all = open(null);
    assertTrue(all.isOverlapping());
    assertArrayEquals(SETS, sets(all.pair(0)));
    mask("a/whole_2.png", 0, 1, 1, 0, 1, 0);
    SegmentationData other = SegmentationData.at(folder, options(null));
    assertFalse(other.all().isOverlapping(), "a file of another name: they are objects");
    String said = other.notes().toString();
    assertTrue(said.contains("objects of core, all of them, because 1 of 3, such as "), said);
    assertTrue(said.contains("whole_2.png"), said);
  }

  @Test
  void foldersThatAreNoClassAreSaid() throws IOException {
    foldersOfClasses();
    Files.writeString(folder.resolve("classes.csv"), "0,background\n1,core\n2,edema\n");
    String sentence = refused(true);
    assertTrue(sentence.contains("whole/a.png is of whole, but the classes are core, edema."), sentence);
  }

  @Test
  void valuesOfNestedRegions() throws IOException {
    picture("a.png");
    mask("a.png", 0, 1, 2, 4, 9, 0);
    Files.writeString(
        folder.resolve("classes.csv"), "0,background\n1,whole,,1;2;4\n2,core,,1 4\n3,enhancing,,4\n");
    SegmentationDataset all = SegmentationData.at(folder, options(null).withIgnored(9)).all();
    assertEquals(List.of("whole", "core", "enhancing"), all.classNames());
    assertArrayEquals(new int[] {0, 3, 1, 7, -1, 0}, sets(all.pair(0)));
    String sentence = refused(false);
    assertTrue(
        sentence.contains("the value 1 of masks stands for whole and for core; a pixel has one class unless"
            + " `overlappingLabels` is on"),
        sentence);
  }

  @Test
  void aValueOfTheBackgroundIsOfNoOtherClass() throws IOException {
    picture("a.png");
    mask("a.png", 0, 1, 3, 3, 0, 0);
    Files.writeString(folder.resolve("classes.csv"), "0,background,,0;3\n1,a\n2,b,,2;3\n");
    for (Boolean overlapping : new Boolean[] {null, true, false}) {
      String sentence = refused(overlapping);
      assertTrue(
          sentence.contains("line 3 has a value that stands for background already: a pixel cannot have it"),
          sentence);
    }
  }

  @Test
  void valuesOfClassesBeyondTheMostAreSharedToo() throws IOException {
    picture("a.png");
    mask("a.png", 0, 1, 32, 50, 0, 0);
    StringBuilder table = new StringBuilder("0,background\n");
    for (int c = 1; c <= 33; c++) {
      table.append(c).append(",c").append(c).append(c > 31 ? ",," + c + ";50\n" : "\n");
    }
    Files.writeString(folder.resolve("classes.csv"), table);
    assertTrue(refused(false).contains("the value 50 of masks stands for c32 and for c33"));
    assertTrue(refused(null).contains("where pixels may have several there may be 31"));
  }

  @Test
  void severalValuesOfOneClassAreItsOwn() throws IOException {
    picture("a.png");
    mask("a.png", 0, 1, 2, 4, 2, 0);
    Files.writeString(folder.resolve("classes.csv"), "0,background\n1,tumour,,1;4\n2,edema,,2\n");
    SegmentationDataset all = open(null);
    assertFalse(all.isOverlapping());
    assertArrayEquals(new byte[] {0, 1, 2, 1, 2, 0}, all.pair(0).mask().pixels());
  }

  @Test
  void aMaskOfAClassMayBePaintedInAnyColour() throws IOException {
    picture("a.png");
    Path file = folder.resolve("masks/liver/a.png");
    Files.createDirectories(file.getParent());
    BufferedImage green = new BufferedImage(3, 2, BufferedImage.TYPE_INT_RGB);
    green.setRGB(1, 0, 0x00FF00);
    green.setRGB(2, 1, 0x0000FF);
    assertTrue(ImageIO.write(green, "png", file.toFile()));
    assertArrayEquals(new int[] {0, 1, 0, 0, 0, 1}, sets(open(true).pair(0)));
  }

  @Test
  void whatCountsNowhereInOneMaskCountsNowhere() throws IOException {
    foldersOfClasses();
    mask("whole/a.png", 0, 1, 7, 0, 1, 0);
    SegmentationDataset all = SegmentationData.at(folder, options(true).withIgnored(7)).all();
    assertArrayEquals(new int[] {1, 3, -1, 0, 3, 0}, sets(all.pair(0)));
  }

  @Test
  void asManyClassesAsAnIntegerHasBits() throws IOException {
    picture("a.png");
    StringBuilder table = new StringBuilder("0,background\n");
    for (int c = 1; c <= 31; c++) {
      mask("c" + c + "/a.png", 255, c == 31 ? 255 : 0, c % 2 == 0 ? 255 : 0, 0, 7, c == 9 ? 255 : 0);
      table.append(c).append(",c").append(c).append('\n');
    }
    Files.writeString(folder.resolve("classes.csv"), table);
    SegmentationDataset all = SegmentationData.at(folder, options(true).withIgnored(7)).all();
    assertEquals(5, all.pair(0).mask().channels());
    assertArrayEquals(
        new int[] {Integer.MAX_VALUE, 1 << 30, 0x2AAAAAAA, 0, -1, 1 << 8}, sets(all.pair(0)));
    mask("c32/a.png", 255, 0, 0, 0, 0, 0);
    Files.writeString(folder.resolve("classes.csv"), table.append("32,c32\n"));
    String sentence = refused(true);
    assertTrue(sentence.contains("has 32 classes; where pixels may have several there may be 31."), sentence);
  }

  /** Of one class a pixel there may be more than an integer has bits. */
  @Test
  void manyClassesThatDoNotOverlapKeepTheirNumbers() throws IOException {
    picture("a.png");
    StringBuilder table = new StringBuilder("0,background\n");
    for (int c = 1; c <= 40; c++) {
      mask(
          "c" + c + "/a.png", c == 1 ? 255 : 0, c == 31 ? 255 : 0, c == 32 ? 255 : 0, c == 33 ? 255 : 0,
          c == 40 ? 255 : 0, 0);
      table.append(c).append(",c").append(c).append('\n');
    }
    Files.writeString(folder.resolve("classes.csv"), table);
    SegmentationDataset all = open(null);
    assertFalse(all.isOverlapping());
    assertArrayEquals(new byte[] {1, 31, 32, 33, 40, 0}, all.pair(0).mask().pixels());
    mask("c1/a.png", 255, 0, 0, 255, 0, 0);
    String sentence = refused(null);
    assertTrue(sentence.contains("at row 1, column 0: it would be c1 and c33"), sentence);
  }

  /** What moves a picture moves all classes of its pixels together, and what comes in counts nowhere. */
  @Test
  void setsMoveAsTheirPicturesDo() {
    int side = 24;
    Random random = new Random(3);
    byte[] grey = new byte[side * side];
    random.nextBytes(grey);
    byte[] sets = new byte[3 * grey.length];
    for (int i = 0; i < grey.length; i++) {
      // Two bytes say what the picture has there.
      ClassSets.put(sets, 3, i, (grey[i] & 127) | (grey[i] & 127) << 8);
    }
    List<Transform> steps = new ArrayList<>();
    steps.add(new RandomRotation(40));
    steps.add(new ElasticDeformation(20, 3, FillColor.BLACK));
    ImagePipeline pipeline = ImagePipeline.of(1, side, side, steps, PLAIN);
    RawImage mask = new RawImage(side, side, 3, sets);
    RawImage one = new RawImage(side, side, 1, low(mask));
    float[] out = new float[side * side];
    RawImage moved = pipeline.runWithMask(new RawImage(side, side, 1, grey), mask, 255, 1, 0, 5, out, 0);
    RawImage alone = pipeline.runWithMask(new RawImage(side, side, 1, grey), one, 255, 1, 0, 5, out, 0);
    assertArrayEquals(alone.pixels(), low(moved));
    int outside = 0;
    int inside = 0;
    for (int i = 0; i < side * side; i++) {
      int set = ClassSets.at(moved.pixels(), 3, i);
      outside += set < 0 ? 1 : 0;
      inside += set > 0 && (set & 127) == set >> 8 ? 1 : 0;
    }
    assertTrue(outside > 0 && inside > 100, outside + " outside, " + inside + " inside");
    assertEquals(side * side, outside + inside + zeros(moved));
  }

  private static int zeros(RawImage mask) {
    int zeros = 0;
    for (int i = 0; i < mask.height() * mask.width(); i++) {
      zeros += ClassSets.at(mask.pixels(), 3, i) == 0 ? 1 : 0;
    }
    return zeros;
  }

  private static byte[] low(RawImage mask) {
    byte[] low = new byte[mask.height() * mask.width()];
    for (int i = 0; i < low.length; i++) {
      low[i] = mask.pixels()[mask.channels() * i];
    }
    return low;
  }

  @Test
  void labelsBecomeSetsInBatches() throws IOException {
    foldersOfClasses();
    MaskedSource source =
        new MaskedSource(open(null), ImagePipeline.of(1, 2, 3, List.of(), PLAIN));
    int[] labels = new int[6];
    source.read(0, 0, 0, new float[6], 0, labels, 0, new SampleRandom(0, 0, 0, 0));
    assertArrayEquals(SETS, labels);
  }

  /** The class in the place of the time, as MONAI and others write one-hot labels. */
  @Test
  void labelsOfFourAxes() throws IOException {
    float[] values = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    volume("images/a.nii", 1, values);
    float[] planes = new float[24];
    for (int i = 0; i < 12; i++) {
      planes[i] = SETS[i % 6] & 1;
      planes[12 + i] = SETS[i % 6] >> 1;
    }
    volume("labels/a.nii", 2, planes);
    SegmentationDataset all = open(null);
    assertEquals(List.of("class 1", "class 2"), all.classNames());
    assertEquals(2, all.size());
    assertArrayEquals(SETS, sets(all.pair(1)));
    String sentence = refused(false);
    assertTrue(sentence.contains("in slice 0 at row 0, column 1"), sentence);
    Files.writeString(folder.resolve("classes.csv"), "0,background\n1,one\n");
    sentence = refused(true);
    assertTrue(sentence.contains("are of 2 classes, one after the other, but there are one."), sentence);
  }

  @Test
  void aFolderOfVolumesForEachClass() throws IOException {
    float[] values = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    volume("images/a_0000.nii.gz", 1, values);
    for (int bit = 0; bit < 2; bit++) {
      float[] own = new float[12];
      for (int i = 0; i < 12; i++) {
        own[i] = SETS[i % 6] >> bit & 1;
      }
      volume("labels/" + (bit == 0 ? "core" : "whole") + "/a.nii.gz", 1, own);
    }
    SegmentationDataset all = open(null);
    assertEquals(List.of("core", "whole"), all.classNames());
    assertArrayEquals(SETS, sets(all.pair(0)));
    assertEquals("a", all.volume(0).orElseThrow());
    Path target = folder.resolve("prepared");
    String sentence =
        String.valueOf(
            assertThrows(
                DatasetException.class,
                () -> PreparedSlices.make(
                    folder, target,
                    new PreparedSlices.Options(
                        SampleRange.window(0, 1), 0, 0, Map.of()),
                    line -> {}))
                .getMessage());
    assertTrue(sentence.contains("has a mask for each class"), sentence);
    assertFalse(SegmentationLayout.of(folder, ListColumns.USUAL).undivided().isEmpty());
  }

  private void volume(String name, int times, float... values) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    int[] size = {3, 2, 2, times};
    Affine affine = new Affine(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2, 0);
    Nifti.writeFloats(file, values, new Volume(size, values, affine, NiftiHeader.of(size, affine)));
  }

  @Test
  void segmentsThatLieOnOneAnother() throws IOException {
    DicomSeries series = DicomSeries.at(DicomWorld.unpack("tilted", folder.resolve("images/a")));
    int[] sets = new int[120];
    for (int i = 0; i < sets.length; i++) {
      sets[i] = i % 4;
    }
    ClassTable classes = ClassTable.numbered(List.of("background", "liver", "vessels"));
    Files.createDirectories(folder.resolve("masks"));
    Path file = folder.resolve("masks/a.dcm");
    DicomSegmentation.write(file, sets, true, series, classes, "engine 1.0");
    SegmentationDataset all = open(null);
    assertTrue(all.isOverlapping());
    int plane = series.size()[0] * series.size()[1];
    for (int z = 0; z < all.size(); z++) {
      assertArrayEquals(Arrays.copyOfRange(sets, z * plane, (z + 1) * plane), sets(all.pair(z)));
    }
    String sentence = refused(false);
    assertTrue(
        sentence.contains("the segments 1 and 2 lie on one another in slice 0 at row 0, column 3;"),
        sentence);
  }

  /** A segment that counts nowhere is none of the classes, whether one asks for sets or not. */
  @Test
  void aSegmentThatCountsNowhere() throws IOException {
    DicomSeries series = DicomSeries.at(DicomWorld.unpack("tilted", folder.resolve("images/a")));
    int[] numbers = new int[120];
    int[] sets = new int[120];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = i % 4;
      sets[i] = i % 4 == 3 ? -1 : i % 4;
    }
    ClassTable classes = ClassTable.numbered(List.of("background", "liver", "vessels", "unclear"));
    Files.createDirectories(folder.resolve("masks"));
    DicomSegmentation.write(folder.resolve("masks/a.dcm"), numbers, series, classes, "engine 1.0");
    int plane = series.size()[0] * series.size()[1];
    for (Boolean overlapping : new Boolean[] {null, true}) {
      SegmentationDataset all = SegmentationData.at(folder, options(overlapping).withIgnored(3)).all();
      assertEquals(overlapping != null, all.isOverlapping());
      assertEquals(List.of("background", "class 1", "class 2"), all.classes().names());
      assertArrayEquals(Arrays.copyOf(sets, plane), overlapping == null ? numbers(all) : sets(all.pair(0)));
    }
  }

  private static int[] numbers(SegmentationDataset all) throws IOException {
    byte[] mask = all.pair(0).mask().pixels();
    int[] numbers = new int[mask.length];
    Arrays.setAll(numbers, i -> mask[i]); // 255 is −1.
    return numbers;
  }
}
