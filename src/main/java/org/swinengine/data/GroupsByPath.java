package org.swinengine.data;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Groups of images that their paths tell. */
final class GroupsByPath {
  private final @Nullable Pattern pattern;

  /** @param expression null: there are none */
  GroupsByPath(@Nullable String expression) {
    pattern = expression == null ? null : Pattern.compile(expression);
  }

  boolean isGiven() {
    return pattern != null;
  }

  /**
   * The first capture of the pattern in a path, or all that it found where it captures nothing; null where
   * there is no pattern.
   *
   * @throws DatasetException if it is not in the path
   */
  @Nullable
  String of(String path) throws DatasetException {
    if (pattern == null) {
      return null;
    }
    Matcher found = pattern.matcher(path);
    String group = found.find() ? found.group(Math.min(1, found.groupCount())) : null;
    if (group == null || group.isEmpty()) {
      throw new DatasetException(
          "`groupPattern` " + pattern + " finds no group in the path " + path
              + ". Give one that fits all images, such as ([^/]+)_\\d+\\.png for NAME_NUMBER.png.");
    }
    return group;
  }
}
