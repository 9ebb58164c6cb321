package org.swinengine.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.swinengine.data.list.ListColumns;

/** Lists of images and labels, and archives. */
class ListFolderTest {
  @TempDir
  Path folder;

  private void images(int count, String... inFolders) throws IOException {
    for (String inner : inFolders) {
      for (int i = 0; i < count; i++) {
        TestImages.writePng(folder.resolve(inner + i + ".png"), 10 * i + inner.length());
      }
    }
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private static String failure(Path path, DatasetOptions options) {
    return assertThrows(DatasetException.class, () -> Datasets.open(path, options)).getMessage();
  }

  private static String failure(Path path) {
    return failure(path, DatasetOptions.DEFAULT);
  }

  /** Names and classes of a data set, sorted. */
  private static List<String> content(Dataset data) {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < data.size(); i++) {
      all.add(data.name(i) + " " + MultiLabel.text(data, i) + data.group(i).map(g -> " of " + g).orElse(""));
    }
    all.sort(null);
    return all;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "path,label\nimages/0.png,cat\nimages/1.png,dog\nimages/2.png,cat\n",
        "\uFEFFImage Path;Diagnosis;age\r\nimages/0.png;cat;3\r\n\"images/1.png\"; \"dog\";4\r\n"
            + "images/2.png;cat;5",
        "id\tClass\n0\tcat\n1\tdog\n\n2\tcat\n", "0.png,cat\n1.png,dog\n2.png,cat\n",
        "file_name,cat,dog\n0.png,1,0\n1.png,0.0,1.0\n2.png,1,0\n",
        "label,image\ncat,images\\0.png\ndog,./images/1.png\ncat,images/x/../2.png\n"})
  void tablesOfAnyUsualForm(String table) throws IOException {
    images(3, "images/");
    write("labels.csv", table);
    List<String> expected = List.of("images/0.png cat", "images/1.png dog", "images/2.png cat");
    for (Path path : List.of(folder, folder.resolve("labels.csv"))) {
      Dataset all = LabelledData.at(path).all();
      assertEquals(expected, content(all));
      assertEquals(List.of("cat", "dog"), all.classNames());
      assertEquals(10 + 7, all.load(1).pixels()[0]);
      assertEquals(Optional.empty(), all.group(0));
    }
  }

  @Test
  void listsBesideTheirImages() throws IOException {
    images(3, "");
    write("all.tsv", "image\tlabel\n0.png\t10\n1.png\t9\n2.png\t9\n");
    DataSplits splits = Datasets.open(folder, DatasetOptions.DEFAULT.withValidationFraction(0.5));
    // Numbers in their order, not in that of their letters.
    assertEquals(List.of("9", "10"), splits.classNames());
    assertTrue(splits.isSetAside());
    assertEquals(2, splits.train().size());
    assertTrue(splits.notes().get(0).contains("labels in column label"), splits.notes()::toString);
  }

  @Test
  void partsOfAColumn() throws IOException {
    images(6, "images/");
    Path list =
        write(
            "list.csv",
            "path,label,Split\n0,a,train\n1,b,Train\n2,a,valid\n3,b,validation\n4,b,TEST\n5,,train\n");
    DataSplits splits = Datasets.open(list, DatasetOptions.DEFAULT);
    assertEquals(List.of("images/0.png a", "images/1.png b"), content(splits.train()));
    assertEquals(List.of("images/2.png a", "images/3.png b"), content(splits.validation()));
    assertEquals(List.of("images/4.png b"), content(splits.test().orElseThrow()));
    assertTrue(splits.notes().contains("list.csv: 1 image has no label and is left out"),
        splits.notes()::toString);
    assertEquals(
        Set.of(DataPart.TRAIN, DataPart.VALIDATION, DataPart.TEST), LabelledData.at(list).parts());
    assertEquals(
        List.of("images/4.png b"), content(LabelledData.at(list).part(DataPart.TEST)));
    write("list.csv", "path,label,split\n0,a,train\n1,b,first\n");
    assertTrue(failure(list).contains("line 3 puts its image into the part \"first\""), failure(list));
    write("list.csv", "path,label,split\n0,a,train\n1,b,\n");
    assertTrue(failure(list).contains("line 3 does not say which part"), failure(list));
    write("list.csv", "path,label,split\n0,a,train\n1,b,train\n2,c,val\n");
    assertTrue(failure(list).contains("line 4 has the class c, which the training part does not have"),
        failure(list));
  }

  @Test
  void severalLabelsOfAnImage() throws IOException {
    images(4, "images/");
    for (String table : List.of(
        "path,labels\n0,b|a\n1,a\n2,\n3,c; b\n", "path,a,b,c\n0,1,1,0\n1,1,0,0\n2,0,0,0\n3,0,1,1\n")) {
      Path list = write("list.csv", table);
      Dataset all = LabelledData.at(list).all();
      assertTrue(all.isMultiLabel());
      assertEquals(List.of("a", "b", "c"), all.classNames());
      assertArrayEquals(new int[] {0, 1}, all.labels(0));
      assertArrayEquals(new int[0], all.labels(2));
      assertThrows(IllegalArgumentException.class, () -> all.label(0));
      assertEquals(10 + 7, all.load(1).pixels()[0]);
      assertTrue(all.fingerprint().isPresent());
    }
    // A column of zeros and ones that is no class.
    Path list = write("list.csv", "path,male,x,y\n0,0,1,0\n1,1,0,1\n2,1,1,0\n3,0,0,1\n");
    DatasetOptions named = DatasetOptions.DEFAULT.withColumns(ListColumns.USUAL.withLabel("x, y"));
    Dataset all = LabelledData.at(list, named).all();
    assertEquals(false, all.isMultiLabel());
    assertEquals(List.of("x", "y"), all.classNames());
  }

  @Test
  void groupsAreNotDivided() throws IOException {
    StringBuilder table = new StringBuilder("image_id,dx,patient-id\n");
    for (int i = 0; i < 40; i++) {
      TestImages.writePng(folder.resolve("images/" + i + ".png"), i);
      table.append(i).append(i % 2 == 0 ? ",mel," : ",nv,").append(i < 36 ? "p" + i / 4 : "").append('\n');
    }
    Path list = write("list.csv", table.toString());
    for (long seed = 0; seed < 5; seed++) {
      DataSplits splits = Datasets.open(list, DatasetOptions.DEFAULT.withSeed(seed));
      assertEquals(8, splits.validation().size());
      Set<String> training = groups(splits.train());
      Set<String> common = groups(splits.validation());
      common.retainAll(training);
      assertEquals(Set.of(), common);
      assertTrue(splits.description().contains("as nearly as 9 groups allow"), splits.description());
    }
    DatasetOptions wrong = DatasetOptions.DEFAULT.withColumns(ListColumns.USUAL.withGroup("doctor"));
    assertTrue(failure(list, wrong).contains("has no column doctor (`groupColumn`)"), failure(list, wrong));
  }

  private static Set<String> groups(Dataset data) {
    Set<String> groups = new HashSet<>();
    for (int i = 0; i < data.size(); i++) {
      data.group(i).ifPresent(groups::add);
    }
    return groups;
  }

  @Test
  void groupsOfPaths() throws IOException {
    for (int i = 0; i < 24; i++) {
      TestImages.writePng(folder.resolve((i % 2 == 0 ? "a/p" : "b/p") + i / 4 + "_" + i + ".png"), i);
    }
    DatasetOptions options = DatasetOptions.DEFAULT.withGroupPattern("(p\\d+)_");
    DataSplits splits = Datasets.open(folder, options);
    assertEquals(Set.of("p0", "p1", "p2", "p3", "p4", "p5"), union(splits));
    assertEquals(24, splits.train().size() + splits.validation().size());
    assertEquals(4, splits.validation().size());
    Set<String> common = groups(splits.train());
    common.retainAll(groups(splits.validation()));
    assertEquals(Set.of(), common);
    assertEquals(options, splits.options());
    String message = failure(folder, options.withGroupPattern("q(\\d+)"));
    assertTrue(message.contains("`groupPattern` q(\\d+) finds no group in the path a/p0_0.png"), message);
    assertThrows(IllegalArgumentException.class, () -> options.withGroupPattern("(p"));
    message = failure(folder, options.withGroupPattern("(p)"));
    assertTrue(message.contains("All 24 images are of one group, p"), message);
  }

  private static Set<String> union(DataSplits splits) {
    Set<String> all = groups(splits.train());
    all.addAll(groups(splits.validation()));
    return all;
  }

  /** A list is data too: other labels are other data. */
  @Test
  void theFingerprintCoversTheList() throws IOException {
    images(4, "images/");
    Path list = write("list.csv", "path,label\n0,a\n1,b\n2,a\n3,b\n");
    String before = LabelledData.at(list).all().fingerprint().orElseThrow().digest();
    assertEquals(before, LabelledData.at(list).all().fingerprint().orElseThrow().digest());
    write("list.csv", "path,label\n0,a\n1,b\n2,b\n3,b\n");
    assertNotEquals(before, LabelledData.at(list).all().fingerprint().orElseThrow().digest());
  }

  @Test
  void imageFoldersOfTheHub() throws IOException {
    images(2, "train/", "test/");
    write("metadata.jsonl",
        "{\"file_name\": \"train/0.png\", \"label\": 1, \"box\": {\"x\": 3}}\n"
            + "{\"file_name\": \"train/1.png\", \"label\": 0}\n\n"
            + "{\"file_name\": \"test/1.png\", \"label\": 0}\n");
    DataSplits splits = Datasets.open(folder, DatasetOptions.DEFAULT);
    assertEquals(List.of("train/0.png 1", "train/1.png 0"), content(splits.train()));
    assertEquals(List.of("test/1.png 0"), content(splits.validation()));
    Files.delete(folder.resolve("metadata.jsonl"));
    write("train/metadata.csv", "file_name,labels\n0.png,x|y\n1.png,y\n");
    write("test/metadata.csv", "file_name,labels\n0.png,x\n");
    splits = Datasets.open(folder, DatasetOptions.DEFAULT);
    assertEquals(List.of("train/0.png x and y", "train/1.png y"), content(splits.train()));
    assertEquals(List.of("test/0.png x"), content(splits.validation()));
    write("test/metadata.csv", "file_name,labels\n0.png,x\n1,{\n\"\n");
    assertTrue(failure(folder).contains("test/metadata.csv"), failure(folder));
  }

  @Test
  void severalTables() throws IOException {
    images(2, "images/");
    write("train_labels.csv", "image,label\n0.png,a\n1.png,b\n");
    write("val.csv", "image,label\n1.png,b\n");
    assertEquals(
        List.of("images/1.png b"),
        content(Datasets.open(folder, DatasetOptions.DEFAULT).validation()));
    write("boxes.csv", "image,box\n1.png,b\n");
    assertTrue(failure(folder).contains("several tables, boxes.csv, train_labels.csv, val.csv"),
        failure(folder));
  }

  @Test
  void whatIsWrongWithListsIsSaid() throws IOException {
    images(3, "images/");
    Path list = write("list.csv", "path,label\n0.png,a\n1.png\n");
    assertTrue(failure(list).contains("list.csv, line 3 has 1 values, but the first line has 2"),
        failure(list));
    write("list.csv", "path,age,label\n\"0.png\nb");
    assertTrue(failure(list).contains("list.csv"), failure(list));
    write("list.csv", "name,age\n0.png,7\n1.png,8\n");
    assertTrue(failure(list).contains("no column of labels") && failure(list).contains("name, age"),
        failure(list));
    write("list.csv", "weight,label\n1,7\n2,8\n");
    assertTrue(failure(list).contains("no column of image files") && failure(list).contains("`pathColumn`"),
        failure(list));
    write("list.csv", "path,label\n0.png,a\n1.png,b\n./0.png,b\n");
    assertTrue(failure(list).contains("line 4 gives ./0.png the label b, but"), failure(list));
    write("list.csv", "path,label\nx.png,a\ny.png,b\n");
    assertTrue(failure(list).contains("lists x.png, but neither") && failure(list).contains("`imageRoot`"),
        failure(list));
    Files.write(list, "path,label\n0.png,\u00e4".getBytes(StandardCharsets.ISO_8859_1));
    assertTrue(failure(list).contains("is not UTF-8"), failure(list));
    write("list.csv", "");
    assertTrue(failure(list).contains("is empty"), failure(list));
    write("list.csv", "path,label\n\u0000.png,a\n0.png,b\n");
    assertTrue(failure(list).contains("line 2 has a path that is none"), failure(list));
    write("list.jsonl", "{\"path\": \"0.png\", \"label\": \"a\"}\n{\"path\"\n");
    assertTrue(failure(folder.resolve("list.jsonl")).contains("line 2 is no JSON"),
        failure(folder.resolve("list.jsonl")));
  }

  @Test
  void missingImagesAreLeftOutAndNamed() throws IOException {
    images(3, "elsewhere/");
    Path list = write("list.csv", "path,label\n0.png,a\n1.png,b\n9.png,b\n2.png,a\n");
    DatasetOptions options =
        DatasetOptions.DEFAULT.withColumns(
            new ListColumns(null, null, null, null, folder.resolve("elsewhere").toString()));
    Dataset all = LabelledData.at(list, options).all();
    assertEquals(3, all.size());
    assertEquals(List.of(new SkippedFile("elsewhere/9.png", "does not exist")), all.skipped());
  }

  private static void zip(Path file, Object... namesAndContents) throws IOException {
    try (OutputStream out = Files.newOutputStream(file); ZipOutputStream zip = new ZipOutputStream(out)) {
      for (int i = 0; i < namesAndContents.length; i += 2) {
        zip.putNextEntry(new ZipEntry((String) namesAndContents[i]));
        zip.write((byte[]) namesAndContents[i + 1]);
      }
    }
  }

  private byte[] png(int level) throws IOException {
    TestImages.writePng(folder.resolve("tmp/x.png"), level);
    byte[] bytes = Files.readAllBytes(folder.resolve("tmp/x.png"));
    Files.delete(folder.resolve("tmp/x.png"));
    Files.delete(folder.resolve("tmp"));
    return bytes;
  }

  @Test
  void archivesAreFolders() throws IOException {
    Path file = folder.resolve("data.zip");
    zip(
        file, "pets/train/cat/1.png", png(1), "pets/train/dog/2.png", png(2), "pets/val/cat/3.png", png(3),
        "pets/val/dog/broken.png", Arrays.copyOf(png(4), 40), "pets/readme.txt", new byte[3]);
    DataSplits splits = Datasets.open(file, DatasetOptions.DEFAULT);
    assertEquals(List.of("train/cat/1.png cat", "train/dog/2.png dog"), content(splits.train()));
    assertEquals(3, splits.validation().load(0).pixels()[0]);
    assertEquals("val/dog/broken.png", splits.validation().skipped().get(0).file());
    assertTrue(splits.description().contains(file + "/pets: 2 training"), splits.description());
    String whole = splits.train().fingerprint().orElseThrow().digest();
    String sampled =
        Datasets.open(file, DatasetOptions.DEFAULT.withVerifyUpTo(0)).train().fingerprint().orElseThrow()
            .digest();
    assertNotEquals(whole, sampled);
    Files.write(file, new byte[100]);
    assertTrue(failure(file).contains("no zip archive that can be read"), failure(file));
    zip(file, "readme.txt", new byte[3]);
    assertTrue(failure(file).contains("data.zip holds no data set, only readme.txt"), failure(file));
  }

  /** The layout of ImageNet in Microsoft's repository. */
  @Test
  void archivesWithMaps() throws IOException {
    zip(folder.resolve("train.zip"), "n01/a.png", png(1), "n02/b.png", png(2), "n01/c.png", png(5));
    zip(folder.resolve("val.zip"), "v1.png", png(3), "v2.png", png(4));
    write("train_map.txt", "n01/a.png\t0\nn02/b.png\t1\nn01/c.png\t0\n");
    write("val_map.txt", "v2.png\t1\nv1.png\t0\n");
    DataSplits splits = Datasets.open(folder, DatasetOptions.DEFAULT);
    assertEquals(List.of("n01/a.png 0", "n01/c.png 0", "n02/b.png 1"), content(splits.train()));
    assertEquals(List.of("v1.png 0", "v2.png 1"), content(splits.validation()));
    assertEquals(4, splits.validation().load(0).pixels()[0]);
  }

  /** An archive that promises more than its bytes can be. */
  @Test
  void sizesThatArchivesStateAreNotBelieved() throws IOException {
    Path file = folder.resolve("bomb.zip");
    zip(file, "a/1.png", png(1), "b/2.png", png(2), "b/3.png", png(3));
    byte[] bytes = Files.readAllBytes(file);
    for (int i = 0; i + 46 < bytes.length; i++) {
      // The size in the central directory of the last entry.
      if (bytes[i] == 'P' && bytes[i + 1] == 'K' && bytes[i + 2] == 1 && bytes[i + 46 + 2] == '3') {
        bytes[i + 27] = 0x10;
      }
    }
    Files.write(file, bytes);
    Dataset all = LabelledData.at(file).all();
    assertEquals(2, all.size());
    assertTrue(all.skipped().get(0).reason().contains("states a size of 268"), all.skipped()::toString);
  }
}
