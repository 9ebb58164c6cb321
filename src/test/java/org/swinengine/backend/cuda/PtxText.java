package org.swinengine.backend.cuda;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the text of a family's PTX says of its kernels. */
final class PtxText {
  private static final Pattern ENTRY = Pattern.compile("^\\.visible \\.entry (\\w+)\\(");
  private static final Pattern MOST_THREADS = Pattern.compile("^\\.maxntid (\\d+), (\\d+), (\\d+)");

  private static final Pattern LABEL = Pattern.compile("(\\$\\w+):");
  private static final Pattern BRANCH = Pattern.compile("\\bbra(?:\\.uni)?\\s+(\\$\\w+);");

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

  /**
   * The innermost loop around tensor cores.
   *
   * @param instructions of a turn, of the text: what is skipped by a branch is counted, a loop within it once
   * @param products {@code mma} of a turn
   */
  record Loop(int instructions, int products) {}

  /** The loops of a kernel whose turns multiply on tensor cores and hold no other such loop. */
  static List<Loop> productLoops(String kernel) {
    List<String> instructions = new ArrayList<>();
    Map<String, Integer> labels = new HashMap<>();
    List<int[]> loops = new ArrayList<>();
    for (String line : kernel.lines().map(String::strip).toList()) {
      Matcher label = LABEL.matcher(line);
      if (label.matches()) {
        labels.put(label.group(1), instructions.size());
      } else if (line.endsWith(";") && !line.startsWith(".")) {
        Matcher branch = BRANCH.matcher(line);
        instructions.add(line);
        Integer begin = branch.find() ? labels.get(branch.group(1)) : null;
        if (begin != null && products(instructions, begin) > 0) {
          int from = begin;
          // What ends later and begins no later is around it; branches to the same place are one loop.
          loops.removeIf(loop -> loop[0] == from);
          if (loops.stream().noneMatch(loop -> loop[0] >= from)) {
            loops.add(new int[] {from, instructions.size()});
          }
        }
      }
    }
    return loops.stream()
        .map(loop -> new Loop(loop[1] - loop[0], products(instructions.subList(0, loop[1]), loop[0])))
        .toList();
  }

  private static int products(List<String> instructions, int from) {
    int products = 0;
    for (String instruction : instructions.subList(from, instructions.size())) {
      products += instruction.startsWith("mma.sync") ? 1 : 0;
    }
    return products;
  }
}
