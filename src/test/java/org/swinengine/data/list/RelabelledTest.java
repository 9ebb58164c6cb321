package org.swinengine.data.list;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reviewed labels change the lines that they are about, and nothing else. */
class RelabelledTest {
  @TempDir
  Path folder;

  private Relabelled relabel(String name, String list, String reviewed) throws IOException {
    Path file = Files.writeString(folder.resolve(name), list);
    Path decisions = Files.writeString(folder.resolve("reviewed.csv"), reviewed);
    Relabelled done = Relabelled.of(file, decisions, ListColumns.USUAL);
    assertEquals(list, Files.readString(file), "the old list stays");
    return done;
  }

  private String failure(String list, String reviewed) {
    return assertThrows(ListException.class, () -> relabel("list.csv", list, reviewed)).getMessage();
  }

  @Test
  void otherLinesStayToTheLetter() throws IOException {
    String list =
        "path;label ;note\r\n images/1.png ;cat;  x\r\n\"2.png\";\"do\"\"g\";\"two\r\nlines\"\r\n\r\n"
            + "3.png;cat;\r\n4.png;cat;z";
    Relabelled done =
        relabel("list.csv", list, "path,label\n./images/1.png,cat\n2.png,\n3.png,drop\n4.png,bird\n");
    assertEquals(
        "path;label ;note\r\n images/1.png ;cat;  x\r\n\"2.png\";\"do\"\"g\";\"two\r\nlines\"\r\n\r\n"
            + "4.png;bird;z",
        done.text());
    assertEquals(List.of(1, 1, 2), List.of(done.changed(), done.dropped(), done.confirmed()));
    assertEquals(List.of("bird"), done.newClasses());
    assertEquals(
        "path;label\n1.png;a|b\n2.png;a\n",
        relabel("list.csv", "path;label\n1.png;b\n2.png;a\n", "path,label\n1.png,a;b\n").text());
  }

  @Test
  void whatIsQuotedIsQuotedAgain() throws IOException {
    Relabelled done =
        relabel("list.tsv", "image\tlabel\tnote\n1\ta\t\"x\ty\"\n2\tb\t\n", "image,new_label\n1,\"c, d\"\n");
    assertEquals("image\tlabel\tnote\n1\tc, d\t\"x\ty\"\n2\tb\t\n", done.text());
  }

  @Test
  void columnsOfClasses() throws IOException {
    String list = "image,a,b,c\n1.png,1.0,0.0,0.0\n2.png,0.0,1.0,1.0\n";
    assertEquals(
        "image,a,b,c\n1.png,0.0,1.0,1.0\n2.png,0.0,1.0,1.0\n",
        relabel("list.csv", list, "image,label\n1.png,b|c\n").text());
    assertTrue(failure(list, "image,label\n1.png,d\n").contains("has no column; it has a, b, c"));
  }

  @Test
  void jsonLines() throws IOException {
    String list =
        "{\"file_name\":\"1.png\", \"label\":3, \"box\":[1,2]}\n{\"file_name\":\"2.png\",\"label\":4}\n";
    assertEquals(
        "{\"file_name\":\"1.png\",\"label\":4,\"box\":[1,2]}\n",
        relabel("metadata.jsonl", list, "file,label,action\n1.png,4,\n2.png,,drop\n").text());
  }

  @Test
  void whatIsNotCertainIsRefused() {
    String list = "path,label\na/1.png,cat\nb/1.png,dog\nb/2.png,dog\n";
    assertTrue(failure(list, "path,label\n9.png,cat\n").contains("line 2 is about 9.png, which"));
    assertTrue(failure(list, "path,label\n1.png,cat\n").contains("in several folders"));
    assertTrue(
        failure(list, "path,label\nb/2.png,cat\nb/2.png,drop\n")
            .contains("otherwise about b/2.png than line 2"));
    assertTrue(failure(list, "path,age\na/1.png,4\n").contains("needs a column of paths and one of labels"));
    assertTrue(
        failure("path,label\n1.png,drop\n2.png,b\n", "path,label\n1.png,drop\n").contains("is a class of"));
    assertTrue(failure(list, "path,action\na/1.png,burn\n").contains("drop or keep were expected"));
  }

  @Test
  void pathsMayBeginFurtherUp() throws IOException {
    assertEquals(
        "path,label\n1.png,b\n",
        relabel("list.csv", "path,label\n1.png,a\n", "path,label\nimages/1.png,b\n").text());
  }
}
