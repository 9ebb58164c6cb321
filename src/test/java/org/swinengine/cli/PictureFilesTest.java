package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.data.DatasetException;

class PictureFilesTest {
  @TempDir
  Path folder;
  private final List<String> notes = new ArrayList<>();

  private void files(String... names) throws IOException {
    for (String name : names) {
      Path file = folder.resolve(name);
      Files.createDirectories(file.getParent());
      Files.writeString(file, "x");
    }
  }

  private List<String> found(boolean recursive) throws IOException {
    return new PictureFiles(recursive, notes::add).in(List.of(folder)).stream()
        .map(file -> folder.relativize(file).toString()).toList();
  }

  @Test
  void foldersInFoldersAreLookedIntoWhereThatIsAskedFor() throws IOException {
    files("cat/2.png", "cat/1.png", "dog/deep/3.png", "0.png", ".hidden/h.png", "__MACOSX/m.png",
        "cat/Thumbs.db",
        "notes.txt");
    assertEquals(List.of("0.png", "cat/1.png", "cat/2.png", "dog/deep/3.png", "notes.txt"), found(true));
    assertEquals(List.of(), notes);
    assertEquals(List.of("0.png", "notes.txt"), found(false));
    assertEquals(1, notes.size());
    assertTrue(notes.get(0).contains("not looked into: cat/, dog/"), notes::toString);
  }

  @Test
  void classFoldersAloneGetAHint() throws IOException {
    files("cat/1.png", "dog/1.png");
    String message = assertThrows(DatasetException.class, () -> found(false)).getMessage();
    assertTrue(message.contains("only folders (cat/, dog/)") && message.contains("--recursive"), message);
  }

  private List<String> listed(String text, Path list, String... named) throws IOException {
    ByteArrayInputStream in = new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    return new PictureFiles(false, notes::add)
        .pictures(Stream.of(named).map(Path::of).toList(), list, in).stream()
        .map(picture -> picture.name().replace(folder + "/", "")).toList();
  }

  @Test
  void aListNamesPicturesAndFolders() throws IOException {
    files("cat/2.png", "cat/1.png", "größe 緑.png");
    String text = "\ufeff" + folder + "/missing.png\r\n\n" + folder + "/cat\n" + folder + "/größe 緑.png";
    List<String> all = List.of("missing.png", "cat/1.png", "cat/2.png", "größe 緑.png");
    assertEquals(all, listed(text, Path.of("-")));
    Path list = Files.writeString(folder.resolve("list.txt"), text);
    assertEquals(all, listed("", list));
    assertEquals("first.jpg", listed("", list, "first.jpg").get(0));
    assertThrows(IOException.class, () -> listed("", folder.resolve("no list.txt")));
    assertThrows(IOException.class, () -> listed("", folder));
  }

  @Test
  void aPictureMayComeFromTheStandardInput() throws IOException {
    assertEquals(List.of("a.png", "-"), listed("bytes", null, "a.png", "-"));
  }

  /** Whoever may read everything, as root may, sees all. */
  @Test
  void aFolderThatMayNotBeReadIsNamedAndTheRestIsFound() throws IOException {
    files("cat/1.png", "closed/2.png");
    Path closed = folder.resolve("closed");
    Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("---------"));
    boolean readable = Files.isReadable(closed);
    PictureFiles looking = new PictureFiles(true, notes::add);
    try {
      assertEquals(readable ? 2 : 1, looking.in(List.of(folder)).size());
    } finally {
      Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));
    }
    assertEquals(readable ? 0 : 1, looking.closedFolders());
    assertTrue(readable || notes.get(0).contains("closed, which may not be read"), notes::toString);
  }

  @Test
  void aLinkToAFolderAboveIsSaidAndTheRestIsFound() throws IOException {
    files("cat/1.png");
    Files.createSymbolicLink(folder.resolve("cat/up"), folder);
    assertEquals(List.of("cat/1.png"), found(true));
    assertEquals(1, notes.size());
    assertTrue(notes.get(0).contains("cat/up, a link to a folder that it stands in"), notes::toString);
  }
}
