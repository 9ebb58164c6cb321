package org.swinengine.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What folders are taken for. */
class FolderLayoutTest {
  @TempDir
  Path temporary;
  private Path folder;

  @BeforeEach
  void makeFolder() throws IOException {
    folder = Files.createDirectory(temporary.resolve("data"));
  }

  private void images(String... files) throws IOException {
    for (String file : files) {
      TestImages.writePng(folder.resolve(file), file.length());
    }
  }

  private DataSplits open() throws IOException {
    return Datasets.open(folder, DatasetOptions.DEFAULT);
  }

  private void assertRefused(String... parts) {
    String message = assertThrows(DatasetException.class, this::open).getMessage();
    for (String part : parts) {
      assertTrue(message.contains(part), message);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "Train,Val", "train,Val", "training,validation", "TRAIN,TEST", "Training,Testing", "train,dev",
    "train,eval",
    "train,validate", "train,valid", "train_set,val_set", "trainval,test", "train_images,test_images"
  })
  void theUsualNamesOfPartsInAnyCase(String train, String other) throws IOException {
    images(train + "/cat/1.png", train + "/cat/2.png", train + "/dog/1.png", other + "/dog/3.png");
    DataSplits splits = open();
    assertEquals(List.of("cat", "dog"), splits.classNames());
    assertEquals(3, splits.train().size());
    assertEquals(other + "/dog/3.png", splits.validation().name(0));
    assertEquals(1, splits.validation().size());
    String part = splits.notes().get(0);
    assertTrue(part.contains(train + "/ is the training part, " + other + "/ is the "), part);
  }

  @Test
  void partsWithoutATrainingPartAreForMeasuringAlone() throws IOException {
    images("val/cat/1.png", "val/dog/1.png", "Test/cat/2.png");
    assertRefused("holds no training part, only val/ and Test/", "train/CLASS/image.jpg");
    LabelledData found = LabelledData.at(folder);
    assertEquals("Test/cat/2.png", found.part(DataPart.TEST).name(0));
    assertEquals(List.of("cat"), found.part(DataPart.TEST).classNames());
    assertEquals(3, found.all().size());
    assertEquals(List.of("cat", "dog"), found.all().classNames());
    String message = assertThrows(DatasetException.class, () -> found.part(DataPart.TRAIN)).getMessage();
    assertTrue(message.contains("has no training part, only a validation and a test part"), message);
  }

  @Test
  void classesMayHaveTheNamesOfParts() throws IOException {
    images("valid/1.png", "valid/2.png", "invalid/1.png", "invalid/2.png");
    assertEquals(List.of("invalid", "valid"), open().classNames());
    assertTrue(open().notes().get(0).contains("valid/ is taken for a class"), open().notes()::toString);
  }

  @Test
  void aTrainAmongVehiclesIsAClass() throws IOException {
    images("train/1.png", "train/2.png", "car/1.png", "car/2.png");
    assertRefused("train holds no class folders");
    images("bus/1.png", "bus/2.png");
    assertEquals(List.of("bus", "car", "train"), open().classNames());
  }

  @Test
  void whatStaysDoubtfulIsRefused() throws IOException {
    images("Training/x/1.png", "Training/y/1.png", "Running/x/1.png");
    assertRefused("Training/, named as parts are, beside Running/", "Understood are");
  }

  @Test
  void twoFoldersForOnePartAreRefused() throws IOException {
    images("train/a/1.png", "train/b/1.png", "val/a/2.png", "validation/b/2.png");
    assertRefused("val/, validation/, and each of them may be the validation part");
  }

  @Test
  void aPlainNameComesBeforeAnother() throws IOException {
    images("train/a/1.png", "train/b/1.png", "val/a/2.png", "dev/b/2.png", "extra/b/3.png");
    DataSplits splits = open();
    assertEquals("val/a/2.png", splits.validation().name(0));
    assertTrue(splits.notes().contains("ignored extra/, dev/: no part"), splits.notes()::toString);
  }

  @ParameterizedTest
  @ValueSource(strings = {"images", "Images", "imgs"})
  void imagesWithATableOfLabels(String name) throws IOException {
    images(name + "/1.png", name + "/2.png");
    Files.writeString(folder.resolve("labels.xml"), "<cat>1.png</cat>\n");
    assertRefused(name + "/, which are no classes by their names", "labels.xml, are not read",
        "CLASS/image.jpg");
    Files.writeString(folder.resolve("labels.csv"), "1.png,cat\n2.png,dog\n");
    assertEquals(List.of("cat", "dog"), LabelledData.at(folder).all().classNames());
  }

  @Test
  void imagesAndMasksAreNoClasses() throws IOException {
    images("train/images/1.png", "train/masks/1.png");
    assertRefused("images/, masks/, which are no classes");
  }

  @Test
  void imagesWithoutFolders() throws IOException {
    images("1.png", "2.png");
    Files.writeString(folder.resolve("labels.xlsx"), "1.png,cat\n");
    assertRefused("labels.xlsx, are not read", "belong to no class", "a folder per class");
  }

  @Test
  void oneLevelTooHigh() throws IOException {
    images("set/train/cat/1.png", "set/train/dog/1.png", "set/val/dog/1.png");
    assertRefused("holds only the folder set/", "Give " + folder.resolve("set"));
  }

  @Test
  void partsWithinClasses() throws IOException {
    images("cat/train/1.png", "cat/test/1.png", "dog/train/1.png", "dog/test/1.png");
    assertRefused("class folders with parts in each of them (such as cat/test)", "put the parts above");
  }

  @Test
  void whatSystemsLeaveBehindIsNoClass() throws IOException {
    images("a/1.png", "a/2.png", "b/1.png", "b/2.png", "$RECYCLE.BIN/x.png", "__MACOSX/a/y.png",
        "a/__MACOSX/z.png",
        "System Volume Information/v.png", "@eaDir/a/e.png");
    Files.writeString(folder.resolve("a/Thumbs.db"), "x");
    DataSplits splits = open();
    assertEquals(List.of("a", "b"), splits.classNames());
    assertEquals(4, splits.train().size() + splits.validation().size());
    assertEquals(List.of(), splits.notes());
  }

  @Test
  void unusedFilesAreCountedAndNamed() throws IOException {
    images("a/1.png", "a/2.PNG", "b/1.png", "b/deep/2.png", "beside.png");
    byte[] jpeg = TestImages.resource("rgb-420.jpg");
    Files.write(folder.resolve("a/3.jfif"), jpeg);
    Files.writeString(folder.resolve("b/4.ppm"), "P3 1 1 255 1 2 3");
    Files.writeString(folder.resolve("b/5.Pgm"), "P2 1 1 255 1");
    for (String name : List.of("1.heic", "2.HEIC", "notes.txt", "noext")) {
      Files.writeString(folder.resolve("a").resolve(name), "x");
    }
    DataSplits splits = open();
    assertEquals(7, splits.train().size() + splits.validation().size());
    assertEquals(0, splits.skipped().size());
    String unused = splits.notes().get(0);
    assertTrue(
        unused.startsWith(
            "ignored 5 files: .heic 2, .txt 1, images outside of class folders 1, without ending 1"),
        unused);
    assertTrue(splits.notes().get(1).contains("such as b/deep/2.png"), splits.notes()::toString);
  }

  @Test
  void aClassWhoseFilesAreAllUnreadable() throws IOException {
    images("a/1.png", "a/2.png", "b/1.png", "b/2.png");
    for (int i = 0; i < 5; i++) {
      Files.createDirectories(folder.resolve("red"));
      Files.writeString(folder.resolve("red/" + i + ".png"), "x");
    }
    assertRefused("none of the 4 images of class red can be read, for instance red/", "repair the files");
  }
}
