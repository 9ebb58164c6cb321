package org.swinengine.pretrained;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.swinengine.backend.UserCache;

/**
 * Where downloaded files are kept, at a place that their address tells, so that they can be put there by
 * hand: {@code https/HOST/PATH} for an address, {@code hf/ORG/REPO/REVISION/FILE} for the Hugging Face Hub.
 *
 * @param root the folder
 */
record CacheFolder(Path root) {
  private static final int LONGEST_NAME = 200;
  private static final Pattern UNUSUAL = Pattern.compile("[^A-Za-z0-9._+=@-]");
  // Names that mean devices on Windows, with any ending.
  private static final Pattern RESERVED =
      Pattern.compile("(?i)(con|prn|aux|nul|com\\d|lpt\\d)(\\..*)?");

  /**
   * The folder for downloads: {@code SWIN_CACHE} if it is set, else {@code swin-engine} in the folder that
   * the operating system has for such things.
   *
   * @param environment the environment's variables
   * @param system {@code os.name}
   * @param home {@code user.home}
   */
  static CacheFolder of(Map<String, String> environment, String system, Path home) {
    return new CacheFolder(UserCache.folder(environment, system, home));
  }

  /** The place for the file of an address. */
  Path place(URI uri) {
    Path place = root.resolve(uri.getScheme().toLowerCase(Locale.ROOT));
    String port = uri.getPort() < 0 ? "" : "_" + uri.getPort();
    place = place.resolve(name(uri.getHost().toLowerCase(Locale.ROOT)) + port);
    String[] segments = uri.normalize().getRawPath().split("/");
    for (int i = 0; i < segments.length - 1; i++) {
      if (!segments[i].isEmpty()) {
        place = place.resolve(name(segments[i]));
      }
    }
    String last = segments.length == 0 ? "" : segments[segments.length - 1];
    String file = last.isEmpty() ? "download" : name(last);
    return place.resolve(uri.getRawQuery() == null ? file : digest(uri.getRawQuery()) + "-" + file);
  }

  /** The folder for a revision of a repository of the Hugging Face Hub. */
  Path place(HubRepository repository) {
    return root.resolve("hf")
        .resolve(name(repository.owner()))
        .resolve(name(repository.name()))
        .resolve(name(repository.revision()));
  }

  /**
   * A name for a file or folder that is safe on every system: no separators, no hidden files, no names of
   * devices. Where it had to be changed, a digest keeps different names apart.
   *
   * @param segment of an address, as it stands there
   */
  static String name(String segment) {
    String decoded;
    try {
      decoded = URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      decoded = segment;
    }
    String safe = UNUSUAL.matcher(decoded).replaceAll("_").replaceFirst("^\\.+", "_").replaceFirst("\\.+$",
        "_");
    if (safe.equals(decoded) && safe.length() <= LONGEST_NAME && !RESERVED.matcher(safe).matches()) {
      return safe;
    }
    // In front, so that the ending stays.
    return digest(segment) + "-" + safe.substring(Math.max(0, safe.length() - LONGEST_NAME / 2));
  }

  private static String digest(String text) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, 5);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
