package org.swinengine.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.UserCache;

@Tag("launcher")
class CacheFolderTest {
  /** The launcher has a copy of its own of where the engine's cache lies; they must not drift apart. */
  @Test
  void theLauncherAndTheEngineMeanTheSameFolder() {
    Path home = Path.of("home", "user").toAbsolutePath();
    String elsewhere = Path.of("elsewhere").toAbsolutePath().toString();
    List<Map<String, String>> environments =
        List.of(
            Map.of(),
            Map.of("SWIN_CACHE", elsewhere),
            Map.of("SWIN_CACHE", "relative"),
            Map.of("SWIN_CACHE", " "),
            Map.of("XDG_CACHE_HOME", elsewhere, "LOCALAPPDATA", elsewhere),
            Map.of("XDG_CACHE_HOME", "relative", "LOCALAPPDATA", "relative"));
    for (String system : List.of("Linux", "Mac OS X", "Windows 11")) {
      for (Map<String, String> environment : environments) {
        Path engine = UserCache.folder(environment, system, home);
        Path launcher = CacheFolder.of(environment, system, home.toString()).toPath();
        assertEquals(engine, launcher, system + " " + environment);
      }
    }
  }
}
