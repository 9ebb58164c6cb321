package org.swinengine.pretrained;

import java.net.URI;
import java.nio.file.Path;
import java.util.Locale;

/**
 * A file to be had.
 *
 * @param uri where it is
 * @param target where it goes
 * @param sha256 its checksum, or the first digits of it, in small letters; null: not known
 * @param token for the server, sent to no other; null: none
 */
record Download(URI uri, Path target, String sha256, String token) {
  Download {
    if (sha256 != null && !sha256.equals(sha256.toLowerCase(Locale.ROOT))) {
      throw new IllegalArgumentException("the checksum must be in small letters: " + sha256);
    }
  }

  /** The file's name where it goes. */
  String name() {
    return target.getFileName().toString();
  }

  /** What to do by hand, as the end of a sentence that has named the address. */
  String byHand() {
    return "or get it on a machine that can, and put it at " + target;
  }
}
