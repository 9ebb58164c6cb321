package org.swinengine.console;

import java.io.PrintStream;

/**
 * A line that says how far something is: rewritten in place ten times a second on a terminal, a new line
 * every twenty seconds in a log. Texts are escaped as {@link PlainText} does.
 */
public final class ProgressLine {
  private static final int BAR = 24;
  private static final long BAR_NANOS = 100_000_000L;
  private static final long LINE_NANOS = 20_000_000_000L;

  private final PrintStream out;
  private final boolean terminal;
  private long lastShown;
  private int shownWidth;

  /**
   * @param terminal whether {@code out} can rewrite a line
   */
  public ProgressLine(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
    restart();
  }

  /** Lets the time until the next showing begin now. */
  public void restart() {
    lastShown = System.nanoTime();
  }

  /** Whether it is time to show something new; asking is cheap. */
  public boolean isDue() {
    return System.nanoTime() - lastShown >= (terminal ? BAR_NANOS : LINE_NANOS);
  }

  /** A bar on a terminal, the given words in a log. */
  public String bar(double fraction, String words) {
    int filled = (int) (BAR * Math.min(1, Math.max(0, fraction)));
    return terminal ? "█".repeat(filled) + "░".repeat(BAR - filled) + " " : words;
  }

  /** Shows how far things are. */
  public synchronized void show(String said) {
    String text = PlainText.line(said);
    restart();
    if (!terminal) {
      out.println(text);
      return;
    }
    out.print("\r" + text + " ".repeat(Math.max(0, shownWidth - text.length())));
    out.flush();
    shownWidth = text.length();
  }

  /** Puts a line that stays in the place of what was shown last. */
  public synchronized void finish(String text) {
    show(text);
    end();
  }

  /** Leaves what was shown last as it is; what is printed next gets a line of its own. */
  public synchronized void end() {
    if (shownWidth > 0) {
      out.println();
      shownWidth = 0;
    }
  }

  /** Takes away what was shown last, so that something else may be printed in its place. */
  public synchronized void clear() {
    if (shownWidth > 0) {
      out.print("\r" + " ".repeat(shownWidth) + "\r");
      out.flush();
      shownWidth = 0;
    }
  }

  /** Puts a line that stays below what was shown last, from any thread. */
  public synchronized void note(String text) {
    end();
    out.println(PlainText.line(text));
  }
}
