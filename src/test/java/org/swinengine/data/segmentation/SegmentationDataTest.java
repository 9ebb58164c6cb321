package org.swinengine.data.segmentation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.data.DataPart;
import org.swinengine.data.DataSplits;
import org.swinengine.data.DatasetException;
import org.swinengine.data.FoldedData;
import org.swinengine.data.RawImage;
import org.swinengine.data.list.ListColumns;

/** What folders, lists and volumes with masks are taken for. */
class SegmentationDataTest {
  private static final SegmentationOptions USUAL = SegmentationOptions.DEFAULT;

  @TempDir
  Path folder;

  private String fails(SegmentationOptions options) {
    String message =
        assertThrows(
            DatasetException.class,
            () -> {
              SegmentationDataset all = SegmentationData.at(folder, options).all();
              for (int i = 0; i < all.size(); i++) {
                all.pair(i);
              }
            }).getMessage();
    assertEquals(1, message.lines().count(), message);
    return message;
  }

  private static int foreground(SegmentationDataset data, int sample) throws IOException {
    int count = 0;
    for (byte label : data.pair(sample).mask().pixels()) {
      count += label == 1 ? 1 : 0;
    }
    return count;
  }

  @Test
  void filesOfOneNameBelongTogetherAndWhiteIsTheForeground() throws IOException {
    MaskWorld.pairs(folder, 10, 255);
    Files.move(folder.resolve("masks/p3.png"), folder.resolve("masks/p3_mask.png"));
    assertTrue(SegmentationData.isAt(folder));
    DataSplits splits = SegmentationData.open(folder, USUAL.withDivision(0.3, 7));
    assertEquals(List.of("background", "foreground"), splits.classNames());
    assertEquals(7, splits.train().size());
    assertEquals(3, splits.validation().size());
    assertTrue(splits.isSetAside());
    Set<String> names = new TreeSet<>();
    IntStream.range(0, 7).forEach(i -> names.add(splits.train().name(i)));
    IntStream.range(0, 3).forEach(i -> names.add(splits.validation().name(i)));
    assertEquals(10, names.size());
    SegmentationDataset train = (SegmentationDataset) splits.train();
    int inside = foreground(train, 0);
    assertTrue(inside >= 16 && inside <= 64, "a square: " + inside);
    assertTrue(train.fingerprint().isPresent());
    DataSplits again = SegmentationData.open(folder, USUAL.withDivision(0.3, 7));
    assertEquals(splits.validation().name(1), again.validation().name(1));
  }

  @Test
  void partsStandAboveOrBelowTheFolders() throws IOException {
    MaskWorld.pairs(folder.resolve("train"), 4, 1);
    MaskWorld.pairs(folder.resolve("test"), 2, 1);
    DataSplits splits = SegmentationData.open(folder, USUAL);
    assertEquals(4, splits.train().size());
    assertEquals(2, splits.validation().size());
    assertFalse(splits.isSetAside());
    Path other = folder.resolve("other");
    for (String part : List.of("train", "val")) {
      MaskWorld.pairs(folder.resolve("x"), 3, 1);
      Files.createDirectories(other.resolve("images"));
      Files.createDirectories(other.resolve("masks"));
      Files.move(folder.resolve("x/images"), other.resolve("images").resolve(part));
      Files.move(folder.resolve("x/masks"), other.resolve("masks").resolve(part));
    }
    SegmentationData data = SegmentationData.at(other, USUAL);
    assertEquals(Set.of(DataPart.TRAIN, DataPart.VALIDATION), data.parts());
    assertEquals(3, data.part(DataPart.VALIDATION).size());
    assertTrue(
        assertThrows(DatasetException.class, () -> data.part(DataPart.TEST)).getMessage()
            .contains("has no test part"));
  }

  /** As the Data Science Bowl has it: a folder for each picture, a mask for each object. */
  @Test
  void masksOfObjectsAreUnited() throws IOException {
    for (String name : List.of("a", "b")) {
      Path images = Files.createDirectories(folder.resolve(name).resolve("images"));
      Path masks = Files.createDirectories(folder.resolve(name).resolve("masks"));
      MaskWorld.grey(images.resolve(name + ".png"), 1, 4, 10, 200, 10, 200);
      MaskWorld.grey(masks.resolve("1.png"), 1, 4, 0, 255, 0, 0);
      MaskWorld.grey(masks.resolve("2.png"), 1, 4, 0, 0, 0, 255);
    }
    SegmentationDataset all = SegmentationData.at(folder, USUAL).all();
    assertEquals(2, all.size());
    byte[] mask = all.pair(0).mask().pixels();
    assertEquals("0101", "" + mask[0] + mask[1] + mask[2] + mask[3]);
    assertArrayEquals(new int[] {0, 1, 0, 2}, all.objects(0).orElseThrow(), "told apart");
    assertEquals(Optional.empty(), all.spacing(0));
  }

  @Test
  void valuesWithoutClassesAreSaidWithFileAndPixel() throws IOException {
    MaskWorld.pairs(folder, 2, 1);
    Files.writeString(folder.resolve("classes.csv"), "0,background\n1,square\n");
    int[] wrong = new int[MaskWorld.SIDE * MaskWorld.SIDE];
    wrong[2 * MaskWorld.SIDE + 5] = 9;
    MaskWorld.grey(folder.resolve("masks/p1.png"), MaskWorld.SIDE, MaskWorld.SIDE, wrong);
    assertTrue(
        fails(USUAL).contains("p1.png has the value 9 at row 2, column 5, but values of classes are [0, 1]"));
    Files.delete(folder.resolve("classes.csv"));
    assertTrue(fails(USUAL).contains("hold the values [0, 1, 9], which are not 0, 1, 2, …"));
    SegmentationDataset rest = SegmentationData.at(folder, USUAL.withIgnored(9)).all();
    assertEquals(2, rest.classNames().size());
    assertEquals(SegmentationDataset.IGNORED, rest.pair(1).mask().pixels()[2 * MaskWorld.SIDE + 5] & 255);
  }

  @Test
  void whatDoesNotFitIsSaid() throws IOException {
    MaskWorld.pairs(folder, 3, 1);
    Files.writeString(folder.resolve("classes.csv"), "0,background\n1,square\n");
    Path mask = folder.resolve("masks/p1.png");
    Files.delete(mask);
    assertTrue(fails(USUAL).contains("1 of the 3 pictures in"));
    MaskWorld.grey(folder.resolve("masks/p1.jpg"), 16, 16, new int[256]);
    assertTrue(fails(USUAL).contains("is a JPEG, whose compression changes numbers"));
    Files.delete(folder.resolve("masks/p1.jpg"));
    MaskWorld.grey(mask, 2, 2, 0, 0, 0, 1);
    assertTrue(fails(USUAL).contains("is 2x2 pixels large, but its picture"));
  }

  @Test
  void listsNameMasksPartsAndGroups() throws IOException {
    MaskWorld.pairs(folder, 6, 1);
    StringBuilder list = new StringBuilder("image,mask,split,patient\n");
    for (int i = 0; i < 6; i++) {
      list.append("images/p" + i + ".png,masks/p" + i + ".png," + (i < 4 ? "train" : "val") + ",g" + i / 2
          + "\n");
    }
    Path file = folder.resolve("list.csv");
    Files.writeString(file, list);
    assertTrue(SegmentationData.isAt(file));
    DataSplits splits = SegmentationData.open(file, USUAL);
    assertEquals(4, splits.train().size());
    assertEquals(Optional.of("g2"), splits.validation().group(0));
    Files.writeString(file, list.toString().replaceAll(",(train|val)", "").replace(",split", ""));
    DataSplits divided = SegmentationData.open(file, USUAL.withDivision(0.3, 1));
    assertEquals(2, divided.validation().size(), "a whole group");
    assertEquals(divided.validation().group(0), divided.validation().group(1));
    Files.write(file, "Ordner,Maske\nK\u00e4fer,1\n".getBytes(StandardCharsets.ISO_8859_1));
    assertFalse(SegmentationData.isAt(file), "a list of another kind, and no text in UTF-8");
    Files.writeString(file, "picture,truth\nimages/p0.png,masks/none.png\n");
    String sentence =
        assertThrows(
            DatasetException.class,
            () -> SegmentationData.at(
                file, USUAL.withColumns(new ListColumns("picture", "truth", null, null, null))))
            .getMessage();
    assertTrue(sentence.contains("line 2 names") && sentence.endsWith("which does not exist."), sentence);
  }

  @Test
  void slicesOfAVolumeStayTogether() throws IOException {
    Affine affine = new Affine(0.75, 0, 0, 0, 0, 0.5, 0, 0, 0, 0, 2, 0);
    Path images = Files.createDirectories(folder.resolve("imagesTr"));
    Path labels = Files.createDirectories(folder.resolve("labelsTr"));
    for (String name : List.of("a", "b", "c")) {
      int[] size = {3, 2, 4, 1};
      float[] values = new float[24];
      int[] classes = new int[24];
      for (int i = 0; i < 24; i++) {
        values[i] = i * 10 - 100;
        classes[i] = i == 7 ? 1 : 0;
      }
      Volume like = new Volume(size, values, affine, NiftiHeader.of(size, affine));
      Nifti.writeFloats(images.resolve(name + "_0000.nii.gz"), values, like);
      Nifti.writeLabels(labels.resolve(name + ".nii.gz"), classes, like);
    }
    SegmentationDataset all = SegmentationData.at(folder, USUAL).all();
    assertEquals(12, all.size());
    assertEquals("a[1]", all.name(1));
    assertEquals(Optional.of("b"), all.volume(4));
    RawImage slice = all.pair(1).image();
    assertEquals(2, slice.height());
    assertEquals(3, slice.width());
    // 6 of 0 to 23, as 8-bit grey.
    assertEquals(Math.round(6 / 23.0 * 255), slice.pixels()[0] & 255);
    assertEquals(1, all.pair(1).mask().pixels()[1]);
    DataSplits splits = SegmentationData.open(folder, USUAL.withDivision(0.2, 3));
    assertEquals(4, splits.validation().size(), "a whole volume");
    assertEquals(Optional.of(new Spacing(2, 0.5, 0.75)), all.spacing(5), "slices, rows, columns");
    FoldedData folds = SegmentationData.at(folder, USUAL).folds(3, 1);
    assertEquals(3, folds.count());
    for (int[] members : folds.members()) {
      assertEquals(4, members.length, "a volume each");
      assertEquals(members[0] + 3, members[3]);
      assertEquals(0, members[0] % 4);
    }
    assertTrue(folds.folds().get(0).train() instanceof SegmentationDataset);
  }
}
