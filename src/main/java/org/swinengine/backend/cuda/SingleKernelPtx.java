package org.swinengine.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Cuts one kernel out of the PTX of a family, for a driver that has to compile it. */
final class SingleKernelPtx {
  private static final String ENTRY = ".visible .entry ";
  private static final Pattern NAME =
      Pattern.compile("^" + Pattern.quote(ENTRY) + "(\\w+)", Pattern.MULTILINE);

  /** The name of a variable outside of kernels, like the dynamic shared memory. */
  private static final Pattern VARIABLE = Pattern.compile("^\\.(?:extern )?\\.?shared .*?(\\w+)\\[\\d*\\];$");

  private SingleKernelPtx() {}

  /** The kernels of a family, in the order of the text. */
  static List<String> names(String ptx) {
    List<String> names = new ArrayList<>();
    for (Matcher name = NAME.matcher(ptx); name.find();) {
      names.add(name.group(1));
    }
    return names;
  }

  /**
   * The text with all kernels but one left out, and with them the shared memory that only they use. Text with
   * functions outside of kernels, which nvcc writes where it does not inline them, stays whole.
   */
  static String of(String ptx, String kernel) {
    int first = ptx.indexOf(ENTRY);
    int begin = ptx.indexOf(ENTRY + kernel + "(");
    if (begin < 0 || Pattern.compile("^(\\.visible )?\\.func ", Pattern.MULTILINE).matcher(ptx).find()) {
      return ptx;
    }
    int end = ptx.indexOf("\n}\n", begin) + "\n}\n".length();
    String body = ptx.substring(begin, end);
    StringBuilder text = new StringBuilder();
    ptx.substring(0, first).lines().forEach(line -> {
      Matcher variable = VARIABLE.matcher(line);
      if (!variable.find() || body.contains(variable.group(1))) {
        text.append(line).append('\n');
      }
    });
    return text.append(body).toString();
  }
}
