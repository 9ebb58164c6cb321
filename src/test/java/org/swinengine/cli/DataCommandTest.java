package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code data check} and {@code data relabel}: what they print, and how they end. */
class DataCommandTest {
  @TempDir
  Path folder;

  private record Result(int code, String out, String err) {}

  private static Result run(Object... arguments) {
    String[] texts = new String[arguments.length];
    for (int i = 0; i < texts.length; i++) {
      texts[i] = arguments[i].toString();
    }
    CommandLine line = Main.commandLine(texts);
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    line.setOut(new PrintWriter(out, true));
    line.setErr(new PrintWriter(err, true));
    int code = line.execute(texts);
    return new Result(code, out.toString(), err.toString());
  }

  private void picture(String name, int seed) throws IOException {
    Random random = new Random(seed);
    BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < 256; i++) {
      image.getRaster().setSample(i % 16, i / 16, 0, random.nextInt(256));
    }
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    ImageIO.write(image, "png", file.toFile());
  }

  @Test
  void checksAFolder() throws IOException {
    for (int i = 0; i < 8; i++) {
      picture("data/" + (i % 2 == 0 ? "a/" : "b/") + i + ".png", i);
    }
    Path data = folder.resolve("data");
    Result sound = run("data", "check", data);
    assertEquals(0, sound.code(), sound.err());
    assertTrue(sound.out().contains("all        8 images, grey"), sound.out());
    assertTrue(sound.out().contains("classes a 4, b 4") && sound.out().contains("sizes   16x16 8"),
        sound.out());
    assertTrue(sound.out().endsWith("Nothing was found." + System.lineSeparator()), sound.out());
    picture("data/a/twin.png", 2);
    Result twins = run("data", "check", data);
    assertEquals(0, twins.code());
    assertTrue(twins.out().contains("note   pictures that are there several times: 1"), twins.out());
    picture("data/b/twin.png", 2);
    Result contradicting = run("data", "check", data, "--json");
    assertEquals(1, contradicting.code());
    JsonNode json = new ObjectMapper().readTree(contradicting.out());
    assertTrue(json.get("faults").asBoolean());
    assertEquals(1, json.get("counts").get("contradicting_labels").asInt());
    assertEquals("all: a/2.png", json.get("findings").get(0).get("samples").get(0).asText());
    assertEquals(10, json.get("parts").get(0).get("images").asInt());
    assertEquals(3, json.get("parts").get(0).get("std").size());
  }

  @Test
  void columnsAreOptions() throws IOException {
    for (int i = 0; i < 4; i++) {
      picture("pictures/" + i + ".png", i);
    }
    Path list = Files.writeString(folder.resolve("list.csv"), "a,b,who\n0,x,1\n1,y,1\n2,x,2\n3,y,2\n");
    Result unknown = run("data", "check", list);
    assertEquals(1, unknown.code());
    assertTrue(unknown.err().contains("Name the column with --path-column"), unknown.err());
    Result named =
        run(
            "data", "check", list, "--path-column", "a", "--label-column", "b", "--image-root",
            folder.resolve("pictures"));
    assertEquals(0, named.code(), named.err());
    assertTrue(named.out().contains("classes x 2, y 2"), named.out());
  }

  @Test
  void relabelsAList() throws IOException {
    Path list = Files.writeString(folder.resolve("list.csv"), "path,label\n1.png,a\n2.png,b\n3.png,b\n");
    Path reviewed = Files.writeString(folder.resolve("r.csv"), "path,label\n1.png,b\n3.png,drop\n");
    Result done = run("data", "relabel", list, "--with", reviewed);
    assertEquals(0, done.code(), done.err());
    Path made = folder.resolve("list-relabelled.csv");
    assertEquals("path,label\n1.png,b\n2.png,b\n", Files.readString(made));
    assertTrue(done.out().contains("1 changed, 1 dropped, 0 confirmed"), done.out());
    assertEquals("path,label\n1.png,a\n2.png,b\n3.png,b\n", Files.readString(list));
    Result again = run("data", "relabel", list, "--with", reviewed);
    assertEquals(2, again.code());
    assertTrue(again.err().contains("exists; name another file with --out"), again.err());
    assertEquals(0, run("data", "relabel", list, "--with", reviewed, "--force").code());
    Result itself = run("data", "relabel", list, "--with", reviewed, "--out", list, "--force");
    assertEquals(2, itself.code());
    assertFalse(Files.readString(list).contains("1.png,b"));
    assertEquals(2, run("data").code());
  }
}
