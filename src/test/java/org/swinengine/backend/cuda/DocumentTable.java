package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A table in a document that a test writes, between two marks.
 *
 * @param begin the line before it
 * @param end the line behind it
 * @param test who writes it
 * @param property the system property with which the test does
 */
record DocumentTable(Path document, String begin, String end, String test, String property) {
  /** Holds the document to a table, or writes it there where that was asked for. */
  void check(String table) throws IOException {
    String text = Files.readString(document);
    if (Boolean.getBoolean(property)) {
      text = with(table, text);
      Files.writeString(document, text);
    }
    assertEquals(
        with(table, text), text,
        document + "; -Dtest=" + test + " -Dtest.jvmArgs=-D" + property + "=true renews it");
  }

  private String with(String table, String text) {
    int from = text.indexOf(begin) + begin.length();
    int to = text.indexOf(end);
    assertTrue(from >= begin.length() && to >= from, document + " has lost the marks around its table");
    return text.substring(0, from) + "\n" + table + "\n" + text.substring(to);
  }
}
