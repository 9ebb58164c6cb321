package org.swinengine.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClassFoldersTest {
  @TempDir
  Path folder;

  private void image(String file, int level) throws IOException {
    TestImages.writePng(folder.resolve(file), level);
  }

  private DataSplits open() throws IOException {
    return Datasets.open(folder, DatasetOptions.DEFAULT);
  }

  private String failure() {
    return assertThrows(DatasetException.class, this::open).getMessage();
  }

  private static List<String> names(Dataset data) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < data.size(); i++) {
      names.add(data.name(i));
    }
    return names;
  }

  @Test
  void sortsClassesAndFilesAndIgnoresWhatIsHidden() throws IOException {
    image("train/dog/b.png", 1);
    image("train/dog/a.PNG", 2);
    image("train/dog/deeper/0.png", 3);
    image("train/cat/z.png", 4);
    image("train/cat/.hidden.png", 5);
    image("train/cat/.thumbnails/t.png", 6);
    image("train/.git/x.png", 7);
    Files.writeString(folder.resolve("train/cat/notes.txt"), "no image");
    image("val/dog/v.png", 8);
    image("test/cat/t.png", 9);
    DataSplits splits = open();
    assertEquals(List.of("cat", "dog"), splits.classNames());
    assertEquals(
        List.of("train/cat/z.png", "train/dog/a.PNG", "train/dog/b.png", "train/dog/deeper/0.png"),
        names(splits.train()));
    assertEquals(0, splits.train().label(0));
    assertEquals(1, splits.train().label(3));
    assertEquals(3, splits.train().load(3).pixels()[0]);
    assertEquals(List.of("val/dog/v.png"), names(splits.validation()));
    assertEquals(1, splits.validation().label(0));
    assertEquals(List.of("test/cat/t.png"), names(splits.test().orElseThrow()));
  }

  @Test
  void theTestFolderServesWhereThereIsNoValidationFolder() throws IOException {
    image("train/a/1.png", 1);
    image("train/b/1.png", 1);
    image("test/b/2.png", 1);
    DataSplits splits = open();
    assertEquals(List.of("test/b/2.png"), names(splits.validation()));
    assertTrue(splits.test().isEmpty());
  }

  @Test
  void splitsOneFolderBySeed() throws IOException {
    for (int i = 0; i < 10; i++) {
      image("a/" + i + ".png", i);
      image("b/" + i + ".png", i);
    }
    DataSplits splits = open();
    assertEquals(16, splits.train().size());
    assertEquals(4, splits.validation().size());
    TreeSet<String> all = new TreeSet<>(names(splits.train()));
    all.addAll(names(splits.validation()));
    assertEquals(20, all.size());
    assertEquals(names(splits.validation()), names(open().validation()));
    // A file that breaks does not move the others.
    Path broken = folder.resolve(splits.train().name(3));
    Files.writeString(broken, "broken");
    assertEquals(names(splits.validation()), names(open().validation()));
    assertEquals(15, open().train().size());
  }

  @Test
  void unreadableImagesAreLeftOutAndListed() throws IOException {
    image("train/a/1.png", 1);
    image("train/b/1.png", 2);
    image("train/b/3.png", 3);
    image("val/a/1.png", 4);
    image("val/b/1.png", 5);
    Files.writeString(folder.resolve("train/b/2.png"), "no image at all");
    byte[] whole = TestImages.resource("rgb-420.jpg");
    Files.write(folder.resolve("val/a/cut.jpg"), Arrays.copyOf(whole, whole.length - 40));
    DataSplits splits = open();
    assertEquals(3, splits.train().size());
    assertEquals(2, splits.validation().size());
    assertEquals(2, splits.skipped().size());
    assertEquals("train/b/2.png", splits.skipped().get(0).file());
    assertTrue(splits.skipped().get(0).reason().contains("not an image of a known format"));
    assertEquals("val/a/cut.jpg: is cut off", splits.skipped().get(1).toString());
  }

  @Test
  void anImageThatBreaksLaterIsReplacedByTheNextOfItsClass() throws IOException {
    for (String name : List.of("a/1", "a/2", "a/3", "b/1", "b/2")) {
      image("train/" + name + ".png", 10 * name.charAt(0) - 960 + name.charAt(2) - '0');
      image("val/" + name + ".png", 0);
    }
    DataSplits splits = Datasets.open(folder, DatasetOptions.DEFAULT.withVerifyUpTo(4));
    Dataset train = splits.train();
    Files.writeString(folder.resolve("train/a/2.png"), "broken");
    Files.delete(folder.resolve("train/a/3.png"));
    assertEquals(11, train.load(0).pixels()[0]);
    assertEquals(0, train.skipped().size());
    assertEquals(11, train.load(1).pixels()[0]); // 2 -> 3 -> 1
    assertEquals(11, train.load(2).pixels()[0]);
    assertEquals(21, train.load(3).pixels()[0]);
    assertEquals(5, train.size());
    assertEquals(
        List.of("train/a/2.png", "train/a/3.png"), train.skipped().stream().map(SkippedFile::file).toList());
    Files.delete(folder.resolve("train/a/1.png"));
    String message = assertThrows(DatasetException.class, () -> train.load(0)).getMessage();
    assertTrue(message.contains("None of the 3 images of class a"), message);
  }

  @Test
  void saysWhatIsWrong() throws IOException {
    image("train/a/1.png", 1);
    image("val/a/1.png", 1);
    assertTrue(failure().contains("all of one class (a)"), failure());
    Files.createDirectories(folder.resolve("train/b"));
    assertTrue(failure().contains("b holds no images (looked for .jpg"), failure());
    image("train/b/1.png", 1);
    Files.createDirectories(folder.resolve("val/c"));
    assertTrue(failure().contains("c is a class that"), failure());
    Files.delete(folder.resolve("val/c"));
    Files.delete(folder.resolve("val/a/1.png"));
    assertTrue(failure().contains("val holds no images"), failure());
    Files.delete(folder.resolve("val/a"));
    assertTrue(failure().contains("val holds no class folders"), failure());
    Files.delete(folder.resolve("val"));
    assertTrue(failure().contains("too small") || failure().contains("too few"), failure());
    Files.writeString(folder.resolve("train/a/1.png"), "broken");
    Files.writeString(folder.resolve("train/b/1.png"), "broken");
    assertTrue(failure().contains("none of the 2 images can be read"), failure());
  }

  @Test
  void aLinkToAFolderAboveIsNoEndlessWalk() throws IOException {
    image("a/1.png", 1);
    image("b/1.png", 1);
    Files.createSymbolicLink(folder.resolve("a/up"), folder);
    assertTrue(failure().contains("link that leads back"), failure());
  }
}
