package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A folder as it comes from the world: 3,000 files, every tenth of which is a bomb, a pipe, a device, damaged
 * or no picture at all. All good ones are answered, all others named with their reason, and memory stays as
 * it was.
 */
class ManyPicturesIT {
  private static final int FILES = 3000;
  private static final int HEAP = 512;
  /** Megabytes of a heap's size before and after a collection. */
  private static final Pattern COLLECTION = Pattern.compile("(\\d+)M->(\\d+)M\\(");
  private static final byte[] CANVAS =
      HexFormat.of().parseHex("474946383961ffffffff800000000000ffffff2c00000000010001000002024401003b");

  @TempDir
  private Path temporary;

  /** What is wrong with a file, by the sentence's words; the key says how such files are called. */
  private final Map<String, String> reasons = new LinkedHashMap<>();

  private Path pictures() throws Exception {
    TinyWorld.pictures(temporary.resolve("red"), 1);
    byte[] good = Files.readAllBytes(temporary.resolve("red/0.png"));
    BadInputIT.writeBlackPng(temporary.resolve("bomb"), 13_000);
    byte[] bomb = Files.readAllBytes(temporary.resolve("bomb"));
    reasons.put("bomb.png", "states a size of 13000x13000 pixels");
    reasons.put("canvas.gif", "states a size of 65535x65535 pixels");
    reasons.put("cut.png", "is damaged or cut off");
    reasons.put("empty.jpg", "is empty");
    reasons.put("notes.txt", "is not an image of a known format");
    reasons.put("foreign.heic", "is not an image of a known format");
    reasons.put("device.png", "is not a regular file");
    reasons.put("pipe.jpg", "is not a regular file");
    reasons.put("dangling.png", "does not exist");
    List<String> kinds = List.copyOf(reasons.keySet());
    Path folder = Files.createDirectory(temporary.resolve("pictures"));
    List<String> pipes = new ArrayList<>(List.of("mkfifo"));
    for (int i = 0; i < FILES; i++) {
      String kind = i % 10 == 0 ? kinds.get(i / 10 % kinds.size()) : "good.png";
      Path file = folder.resolve(String.format("%04d-%s", i, kind));
      switch (kind) {
        case "bomb.png" -> Files.write(file, bomb);
        case "canvas.gif" -> Files.write(file, CANVAS);
        case "cut.png" -> Files.write(file, Arrays.copyOf(good, 60));
        case "empty.jpg" -> Files.createFile(file);
        case "notes.txt" -> Files.writeString(file, "no picture");
        case "foreign.heic" -> Files.writeString(file, "\0\0\0\u0018ftypheic and more");
        case "device.png" -> Files.createSymbolicLink(file, Path.of("/dev/zero"));
        case "pipe.jpg" -> pipes.add(file.toString());
        case "dangling.png" -> Files.createSymbolicLink(file, Path.of("nowhere"));
        default -> Files.write(file, good);
      }
    }
    assertEquals(0, new ProcessBuilder(pipes).start().waitFor());
    return folder;
  }

  @Test
  void allGoodOnesAreAnsweredAllOthersNamedAndMemoryStays() throws Exception {
    Jar jar = new Jar(temporary);
    TinyWorld world = new TinyWorld(temporary);
    jar.run(world.train("good")).succeeded();
    Path folder = pictures();
    Jar.Result result = jar.option("-Xmx" + HEAP + "m").option("-Xmn16m").option("-Xlog:gc:file=gc-%p.log")
        .run("predict", "--weights", "runs/good/best.safetensors", folder.toString());
    assertEquals(1, result.exitCode(), result::toString);
    TreeSet<String> answered = result.output().lines()
        .map(line -> line.substring(line.lastIndexOf('/') + 1, line.indexOf("  ")))
        .collect(Collectors.toCollection(TreeSet::new));
    TreeSet<String> good;
    try (Stream<Path> files = Files.list(folder)) {
      good = files.map(file -> file.getFileName().toString()).filter(name -> name.endsWith("good.png"))
          .collect(Collectors.toCollection(TreeSet::new));
    }
    assertEquals(FILES * 9 / 10, good.size());
    assertEquals(good, answered);
    List<String> errors = result.errorLines();
    assertEquals(FILES / 10 + 1, errors.size());
    for (String error : errors.subList(0, FILES / 10)) {
      String kind = reasons.keySet().stream().filter(error::contains).findFirst().orElse("none");
      assertTrue(error.contains(String.valueOf(reasons.get(kind))), error);
    }
    assertTrue(errors.get(FILES / 10).contains("300 of 3000 pictures could not be read"));
    memoryStays();
  }

  /** What is left after collections is not more near the end than near the beginning. */
  private void memoryStays() throws Exception {
    List<Integer> left = new ArrayList<>();
    try (Stream<Path> logs = Files.list(temporary)) {
      for (Path log : logs.filter(file -> file.getFileName().toString().startsWith("gc-")).toList()) {
        List<Integer> found = new ArrayList<>();
        Matcher collections = COLLECTION.matcher(Files.readString(log));
        while (collections.find()) {
          found.add(Integer.parseInt(collections.group(2)));
        }
        // The launcher's own JVM collects nothing, or nearly.
        left = found.size() > left.size() ? found : left;
      }
    }
    int quarter = left.size() / 4;
    List<Integer> sizes = left;
    assertTrue(quarter >= 2, () -> "too few collections to tell: " + sizes);
    int early = sizes.subList(quarter, 2 * quarter).stream().min(Integer::compare).orElseThrow();
    int late = sizes.subList(3 * quarter, sizes.size()).stream().min(Integer::compare).orElseThrow();
    assertTrue(late <= early + 8, () -> "megabytes left after collections: " + sizes);
  }
}
