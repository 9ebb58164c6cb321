import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.data.ImageDecoder;
import org.swinengine.inference.LoadedModel;

class FineTuneTest {
  @TempDir
  Path scratch;

  @Test
  void learnsTheFoldersClasses() throws Exception {
    Path weights = TinyPhotos.weights(scratch);
    Path data = TinyPhotos.classes(scratch);
    List<String> lines =
        Example.named("FineTune", scratch).run(weights.toString(), data.toString(), "8").lines().toList();
    assertTrue(lines.get(0).startsWith("top-1 100.0 %"), lines.get(0));
    try (Backend backend = Backends.open("cpu", 1)) {
      LoadedModel model = LoadedModel.open(scratch.resolve(lines.get(1)), backend);
      Path photo = TinyPhotos.photo(scratch.resolve("new.png"), true, 99);
      assertEquals("stripes", model.predict(ImageDecoder.decode(photo)).first().name());
    }
  }
}
