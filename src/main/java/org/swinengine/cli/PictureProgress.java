package org.swinengine.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.swinengine.console.Durations;
import org.swinengine.console.ProgressLine;
import org.swinengine.console.Terminal;
import org.swinengine.data.PictureNote;
import org.swinengine.inference.Picture;
import org.swinengine.inference.PictureBatch;
import org.swinengine.inference.PictureReader;
import picocli.CommandLine.Model.CommandSpec;

/** How far a command is with its pictures, and which of them it could not read. */
final class PictureProgress implements PictureReader.Listener {
  private static final double NANOS = 1e9;

  /** Seconds of work from which on it is said how fast it was. */
  private static final double WORTH_SAYING = 10;
  private static final int MANY = 20;

  private record Unreadable(String file, String sentence) {}

  private final CommandSpec command;
  private final int total;
  private final ProgressLine line = new ProgressLine(System.err, Terminal.isInteractive());
  private final List<Unreadable> unreadable = new ArrayList<>();
  private final long start = System.nanoTime();
  private int done;

  /**
   * @param total pictures to be read
   */
  PictureProgress(CommandSpec command, int total) {
    this.command = command;
    this.total = total;
  }

  @Override
  public void unreadable(Picture picture, IOException reason) {
    unreadable.add(new Unreadable(picture.name(), Failures.sentence(reason, command)));
  }

  @Override
  public synchronized void note(Picture picture, PictureNote note) {
    line.clear();
    command.commandLine().getErr().println(
        "swin-engine: note: "
            + SettingNames.inOptions("the image " + picture.name() + " " + note, command));
  }

  @Override
  public synchronized void given(PictureBatch batch) {
    if (line.isDue() && done > 0) {
      line.show(text());
    }
    done += batch.size();
  }

  /** Prints something that stays. */
  synchronized void print(Runnable what) {
    line.clear();
    what.run();
  }

  private String text() {
    int finished = done + unreadable.size();
    double rate = finished / seconds();
    return String.format(
        Locale.ROOT, "%s%d/%d pictures  %s img/s  %s left", line.bar((double) finished / total, ""), finished,
        total, rate(rate), Durations.text((total - finished) / rate));
  }

  private static String rate(double rate) {
    return String.format(Locale.ROOT, rate < 10 ? "%.1f" : "%.0f", rate);
  }

  private double seconds() {
    return Math.max(1, System.nanoTime() - start) / NANOS;
  }

  /**
   * Says at the end which pictures could not be read.
   *
   * @param reading has said which folders could not be
   * @return the exit code
   */
  int finish(ReadingOptions reading) {
    line.clear();
    if (seconds() >= WORTH_SAYING && done >= MANY) {
      command.commandLine().getErr().println(
          "pictures  " + done + " in " + Durations.text(seconds()) + ", " + rate(done / seconds())
              + " img/s");
    }
    unreadable.forEach(
        picture -> command.commandLine().getErr().println("swin-engine: " + picture.sentence()));
    if (unreadable.isEmpty()) {
      return reading.missesFolders() ? 1 : 0;
    }
    command.commandLine().getErr().println(
        "swin-engine: " + unreadable.size() + " of " + total
            + " pictures could not be read and were left out");
    return 1;
  }

  /** Adds the pictures that could not be read to a result. */
  void unreadable(ArrayNode array) {
    unreadable.forEach(
        picture -> array.addObject().put("file", picture.file()).put("reason", picture.sentence()));
  }
}
