package org.swinengine.backend.cuda;

import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the text of a family's PTX says of its kernels. */
final class PtxText {
  private static final Pattern ENTRY = Pattern.compile("^\\.visible \\.entry (\\w+)\\(");
  private static final Pattern MOST_THREADS = Pattern.compile("^\\.maxntid (\\d+), (\\d+), (\\d+)");

  private PtxText() {}

  /** Most threads of a block by kernel, for those that have launch bounds. */
  static Map<String, Integer> launchBounds(String ptx) {
    Map<String, Integer> bounds = new TreeMap<>();
    String kernel = "";
    for (String line : ptx.lines().toList()) {
      Matcher entry = ENTRY.matcher(line);
      Matcher threads = MOST_THREADS.matcher(line);
      if (entry.find()) {
        kernel = entry.group(1);
      } else if (threads.find()) {
        bounds.put(kernel, Integer.parseInt(threads.group(1)) * Integer.parseInt(threads.group(2))
            * Integer.parseInt(threads.group(3)));
      }
    }
    return bounds;
  }
}
