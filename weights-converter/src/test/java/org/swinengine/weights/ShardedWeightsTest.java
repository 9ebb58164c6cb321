package org.swinengine.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.swinengine.weights.TestFiles.assertRefused;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShardedWeightsTest {
  private static final String FIRST = "model-00001-of-00002.safetensors";
  private static final String SECOND = "model-00002-of-00002.bin";
  @TempDir
  private Path folder;

  @BeforeEach
  void writeShards() {
    Safetensors.write(
        folder.resolve(FIRST),
        StateDict.builder()
            .put("a", ArrayData.ofFloats(new long[] {2}, 1, 2))
            .put("z", ArrayData.ofFloats(new long[] {1}, 5))
            .metadata("format", "pt")
            .build());
    TorchWriter.write(
        folder.resolve(SECOND),
        StateDict.builder()
            .put("b", ArrayData.ofFloats(new long[] {1}, 3))
            .put("c", ArrayData.ofFloats(new long[] {1}, 4))
            .build(),
        null);
  }

  private StateDict read(String json) throws IOException {
    Files.writeString(folder.resolve("model.safetensors.index.json"), json, StandardCharsets.UTF_8);
    return WeightFiles.read(folder.resolve("model.safetensors.index.json"));
  }

  private static String map(String... pairs) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < pairs.length; i += 2) {
      text.append(i == 0 ? "" : ", ").append('"').append(pairs[i]).append("\": \"").append(pairs[i + 1])
          .append('"');
    }
    return "{\"metadata\": {\"total_size\": 16}, \"weight_map\": {" + text + "}}";
  }

  @Test
  void tensorsOfAllFilesInTheOrderOfTheIndex() throws IOException {
    StateDict dict = read(map("b", SECOND, "a", FIRST));
    // What the index does not list is there as well, so that it is not left out in silence.
    assertEquals(List.of("b", "a", "c", "z"), List.copyOf(dict.names()));
    assertArrayEquals(new float[] {1, 2}, dict.get("a").toFloats());
    assertArrayEquals(new float[] {3}, dict.get("b").toFloats());
    assertEquals(dict.names(), WeightFiles.read(folder).names(), "by the folder");
  }

  @Test
  void whatIsNotThereIsNamed() throws IOException {
    assertRefused("1 of the 2 files", () -> read(map("a", FIRST, "d", "model-00003-of-00003.safetensors")));
    assertRefused("tensor \"b\" is in \"" + FIRST + "\", but it is not there", () -> read(map("b", FIRST)));
    TorchWriter.write(
        folder.resolve(SECOND), StateDict.builder().put("a", ArrayData.ofFloats(new long[] {1}, 3)).build(),
        null);
    assertRefused("more than one of its files", () -> read(map("a", SECOND, "z", FIRST)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"../secret.bin", "/etc/passwd", "a/b.bin", "a\\\\b.bin", "C:x.bin", "..", "", ".hidden",
        "a\\u0000b"})
  void namesThatLeaveTheFolderAreRefused(String name) {
    assertRefused("no plain file name", () -> read(map("a", name)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{", "{\"weight_map\": 3}", "{\"weight_map\": {}}", "{\"weight_map\": {\"a\": 3}}", "{} {}",
        "{\"weight_map\": {\"a\": \"x\", \"a\": \"y\"}}", "{\"architectures\": [\"ViT\"]}"
      })
  void otherJsonIsExplained(String json) {
    assertRefused("model.safetensors.index.json", () -> read(json));
  }

  @Test
  void indexesDoNotLeadToIndexes() throws IOException {
    String name = "model.safetensors.index.json";
    assertRefused("an index itself", () -> read(map("a", name)));
    assertRefused("this is a folder", () -> WeightFiles.read(Files.createDirectory(folder.resolve("empty"))));
  }
}
