import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SimilarPhotosTest {
  @TempDir
  Path scratch;

  @Test
  void theSamePhotoComesFirstAndThenItsLike() throws Exception {
    Path folder = Files.createDirectory(scratch.resolve("all"));
    for (int i = 0; i < 3; i++) {
      TinyPhotos.photo(folder.resolve("plain" + i + ".png"), false, i);
      TinyPhotos.photo(folder.resolve("striped" + i + ".png"), true, i);
    }
    String query = folder.resolve("striped1.png").toString();
    List<String> lines =
        Example.named("SimilarPhotos", scratch)
            .run(TinyPhotos.weights(scratch).toString(), folder.toString(), query)
            .lines()
            .toList();
    assertEquals("1.0000 striped1.png", lines.get(0));
    assertEquals(6, lines.size());
    assertTrue(lines.subList(0, 3).stream().allMatch(line -> line.contains("striped")), lines.toString());
  }
}
