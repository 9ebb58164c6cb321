package org.swinengine.launch;

import java.io.File;
import java.util.Locale;
import java.util.Map;

/**
 * The user's cache folder, the same as the engine's own ({@code backend.UserCache}): the launcher depends on
 * nothing and is Java 8. A test compares the two.
 */
final class CacheFolder {
  private CacheFolder() {}

  /**
   * {@code SWIN_CACHE} if it is set, else {@code swin-engine} in the folder that the system has for such
   * things.
   *
   * @param system {@code os.name}
   * @param home {@code user.home}
   */
  static File of(Map<String, String> environment, String system, String home) {
    String own = environment.get("SWIN_CACHE");
    if (own != null && !own.trim().isEmpty()) {
      return new File(own).getAbsoluteFile();
    }
    String name = system.toLowerCase(Locale.ROOT);
    if (name.startsWith("windows")) {
      return folder(environment.get("LOCALAPPDATA"), new File(home, "AppData/Local"));
    }
    File usual = name.startsWith("mac") ? new File(home, "Library/Caches") : new File(home, ".cache");
    return folder(environment.get("XDG_CACHE_HOME"), usual);
  }

  private static File folder(String variable, File usual) {
    boolean set = variable != null && !variable.trim().isEmpty() && new File(variable).isAbsolute();
    return new File(set ? new File(variable) : usual, "swin-engine");
  }
}
