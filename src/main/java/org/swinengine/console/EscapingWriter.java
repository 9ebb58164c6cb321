package org.swinengine.console;

import java.io.PrintWriter;
import java.util.Arrays;
import java.util.Locale;

/**
 * The writer of a command's output and errors. Whatever is printed goes through {@link PlainText}: {@code
 * println} writes one line, whatever its text holds; a format's lines stay, and its arguments get none of
 * their own; only {@code print} and {@code write} leave the line ends of their text.
 */
public final class EscapingWriter extends PrintWriter {
  /**
   * @param out where to; flushed after each line
   */
  public EscapingWriter(PrintWriter out) {
    super(out, true);
  }

  /** The writer, and the same one if it escapes already. */
  public static PrintWriter around(PrintWriter out) {
    return out instanceof EscapingWriter ? out : new EscapingWriter(out);
  }

  @Override
  public void write(int c) {
    // A surrogate alone may be half of a pair.
    if (Character.isSurrogate((char) c)) {
      super.write(c);
    } else {
      write(String.valueOf((char) c));
    }
  }

  @Override
  public void write(char[] text, int from, int length) {
    write(new String(text, from, length), 0, length);
  }

  @Override
  public void write(String text, int from, int length) {
    String escaped = PlainText.lines(text.substring(from, from + length));
    super.write(escaped, 0, escaped.length());
  }

  @Override
  public void println(String text) {
    super.println(PlainText.line(text));
  }

  @Override
  public void println(char[] text) {
    println(new String(text));
  }

  /** A line; tabs that it begins with, as those of a stack trace do, stay. */
  @Override
  public void println(Object value) {
    String text = String.valueOf(value);
    int tabs = 0;
    while (tabs < text.length() && text.charAt(tabs) == '\t') {
      tabs++;
    }
    super.println(text.substring(0, tabs) + PlainText.line(text.substring(tabs)));
  }

  @Override
  public PrintWriter format(String format, Object... values) {
    return super.format(format, plain(values));
  }

  @Override
  public PrintWriter format(Locale locale, String format, Object... values) {
    return super.format(locale, format, plain(values));
  }

  private static Object[] plain(Object[] values) {
    return Arrays.stream(values).map(PlainText::argument).toArray();
  }
}
