package org.swinengine.backend;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The user's folder for what can be made or fetched again: downloads, measurements of this machine. */
public final class UserCache {
  private UserCache() {}

  /** The folder of this process; it need not exist. */
  public static Path folder() {
    return folder(System.getenv(), System.getProperty("os.name"), Path.of(System.getProperty("user.home")));
  }

  /**
   * {@code SWIN_CACHE} if it is set, else {@code swin-engine} in the folder that the operating system has for
   * such things.
   *
   * @param environment the environment's variables
   * @param system {@code os.name}
   * @param home {@code user.home}
   */
  public static Path folder(Map<String, String> environment, String system, Path home) {
    String own = environment.get("SWIN_CACHE");
    if (own != null && !own.isBlank()) {
      return Path.of(own).toAbsolutePath();
    }
    String name = system.toLowerCase(Locale.ROOT);
    Path parent;
    if (name.startsWith("windows")) {
      parent = folder(environment.get("LOCALAPPDATA"), home.resolve("AppData").resolve("Local"));
    } else if (name.startsWith("mac")) {
      parent = folder(environment.get("XDG_CACHE_HOME"), home.resolve("Library").resolve("Caches"));
    } else {
      parent = folder(environment.get("XDG_CACHE_HOME"), home.resolve(".cache"));
    }
    return parent.resolve("swin-engine");
  }

  /** A relative path in such a variable is to be ignored (XDG Base Directory Specification). */
  private static Path folder(@Nullable String variable, Path usual) {
    boolean set = variable != null && !variable.isBlank() && Path.of(variable).isAbsolute();
    return set ? Path.of(variable) : usual;
  }
}
