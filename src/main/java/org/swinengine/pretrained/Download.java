package org.swinengine.pretrained;

import java.net.URI;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A file to be had.
 *
 * @param uri where it is
 * @param target where it goes
 * @param sha256 its checksum, or the first digits of it, in small letters; null: not known
 * @param token for the server, sent to no other; null: none
 * @param most bytes that it may have
 */
record Download(URI uri, Path target, @Nullable String sha256, @Nullable String token, long most) {
  /** No weights of a model are larger. */
  static final long MOST = 1L << 36;

  /** Nor are descriptions, which are read as a whole. */
  static final long MOST_OF_A_DESCRIPTION = 1L << 24;

  /**
   * What publishers of PyTorch's hub put into names: the first digits of the SHA-256. Decimal digits alone
   * may be a date or a count of steps.
   */
  private static final Pattern NAMED_CHECKSUM = Pattern.compile(".*-((?=\\d*[a-f])[0-9a-f]{8,64})\\.\\w+");

  Download {
    if (sha256 != null && !sha256.equals(sha256.toLowerCase(Locale.ROOT))) {
      throw new IllegalArgumentException("the checksum must be in small letters: " + sha256);
    }
  }

  /** A file that may be as large as weights are. */
  Download(URI uri, Path target, @Nullable String sha256, @Nullable String token) {
    this(uri, target, sha256, token, MOST);
  }

  /** The first digits of the checksum that the name says; null if it says none. */
  @Nullable
  String namedSha256() {
    Matcher matcher = NAMED_CHECKSUM.matcher(String.valueOf(uri.getPath()));
    return matcher.matches() ? matcher.group(1) : null;
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
