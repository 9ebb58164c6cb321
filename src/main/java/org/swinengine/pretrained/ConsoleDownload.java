package org.swinengine.pretrained;

import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.swinengine.console.Durations;
import org.swinengine.console.ProgressLine;

/** Shows a download to a person: a bar with rate and remaining time on a terminal, lines in a log. */
public final class ConsoleDownload implements DownloadListener {
  private final ProgressLine line;
  private String name = "";
  private long total;
  private long first;
  private long startNanos;

  /**
   * @param out where to; the error stream, where the output is a command's result
   * @param terminal whether {@code out} can rewrite a line
   */
  public ConsoleDownload(PrintStream out, boolean terminal) {
    line = new ProgressLine(out, terminal);
  }

  @Override
  public void started(URI from, String fileName, long present, long wholeFile) {
    name = fileName;
    total = wholeFile;
    first = present;
    startNanos = System.nanoTime();
    line.note(
        "downloading " + from + (wholeFile < 0 ? "" : ", " + size(wholeFile))
            + (present > 0 ? ", going on after " + size(present) : ""));
    line.restart();
  }

  @Override
  public void progressed(long present) {
    if (line.isDue()) {
      line.show(text(present));
    }
  }

  private String text(long present) {
    double seconds = (System.nanoTime() - startNanos) / 1e9;
    double rate = (present - first) / Math.max(1e-3, seconds);
    String come = name + " " + (total > 0 ? line.bar((double) present / total, "") : "") + size(present);
    String speed = "  " + size((long) rate) + "/s";
    if (total <= 0) {
      return come + speed;
    }
    String left = rate > 0 ? "  " + Durations.text((total - present) / rate) + " left" : "";
    return come + " of " + size(total) + speed + left;
  }

  @Override
  public void retrying(String reason, Duration pause) {
    line.note(reason + "; trying again in " + Durations.text(pause.toMillis() / 1000.0));
  }

  @Override
  public void waiting(Path file) {
    line.note("another process is downloading " + file + "; waiting for it");
  }

  @Override
  public void finished(Path file) {
    line.note("saved " + file);
  }

  @Override
  public void interrupted() {
    line.end();
  }

  /** Bytes for people: {@code 108.2 MB}. */
  static String size(long bytes) {
    if (bytes < 1000) {
      return bytes + " bytes";
    }
    if (bytes < 1_000_000) {
      return String.format(Locale.ROOT, "%.1f kB", bytes / 1e3);
    }
    return bytes < 1_000_000_000
        ? String.format(Locale.ROOT, "%.1f MB", bytes / 1e6)
        : String.format(Locale.ROOT, "%.2f GB", bytes / 1e9);
  }
}
