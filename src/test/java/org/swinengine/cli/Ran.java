package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import picocli.CommandLine;

/**
 * A command that ran in this process.
 *
 * @param code its exit code
 * @param output what it wrote through its command line, not what goes to {@code System.out}
 * @param errors likewise
 */
record Ran(int code, String output, String errors) {
  static Ran of(Object... words) {
    String[] arguments = new String[words.length];
    for (int i = 0; i < words.length; i++) {
      arguments[i] = words[i].toString();
    }
    OriginalCommandLine original = OriginalCommandLine.of(List.of(arguments));
    String[] translated = original.arguments().toArray(String[]::new);
    StringWriter output = new StringWriter();
    StringWriter errors = new StringWriter();
    CommandLine line = Main.commandLine(translated);
    line.setOut(new PrintWriter(output, true)).setErr(new PrintWriter(errors, true));
    int code = line.execute(translated);
    return new Ran(code, output.toString(), errors.toString());
  }

  /** Its output, once it went well. */
  String succeeded() {
    assertEquals(0, code, errors);
    return output;
  }

  /** That it ended so, with one sentence that has these parts. */
  void failedWith(int expected, String... parts) {
    assertEquals(expected, code, output + errors);
    for (String part : parts) {
      assertTrue(errors.contains(part), part + " in " + errors);
    }
    assertEquals(1, errors.lines().count(), errors);
  }
}
