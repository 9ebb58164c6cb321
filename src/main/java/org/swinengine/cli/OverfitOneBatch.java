package org.swinengine.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.Locale;
import org.swinengine.backend.Backend;
import org.swinengine.console.ProgressLine;
import org.swinengine.train.OverfitCheck;

/** Says whether the model of a run can learn at all. */
final class OverfitOneBatch {
  private final int steps;

  /**
   * @param steps at the most
   */
  OverfitOneBatch(int steps) {
    this.steps = steps;
  }

  /**
   * Trains on one batch.
   *
   * @param shown receives the progress
   * @param json receives the result; null: it is shown in words
   * @return the exit code: 0 if the batch was learnt
   */
  int run(
      TrainOptions.Planned planned, Backend backend, PrintStream shown, boolean terminal, PrintWriter json)
      throws IOException {
    ProgressLine line = new ProgressLine(shown, terminal);
    OverfitCheck.Result result =
        OverfitCheck.run(
            planned.config(), planned.data(), backend, steps,
            (done, loss) -> {
              if (done == 0 || line.isDue()) {
                String bar = line.bar((double) done / steps, "step ");
                line.show(String.format(Locale.ROOT, "one batch %s%d/%d  loss %.4f", bar, done, steps, loss));
              }
            });
    line.end();
    if (json != null) {
      json.println(
          Json.object()
              .put("learnt", result.learnt())
              .put("images", result.images())
              .put("classes", result.classes())
              .put("steps", result.steps())
              .put("first_loss", result.firstLoss())
              .put("last_loss", result.lastLoss()));
    } else {
      line.note(sentence(result));
    }
    return result.learnt() ? 0 : 1;
  }

  private static String sentence(OverfitCheck.Result result) {
    String batch =
        String.format(
            Locale.ROOT, "one batch of %d images of %d classes: loss %.4f, and %.4f after %d steps",
            result.images(), result.classes(), result.firstLoss(), result.lastLoss(), result.steps());
    if (!Double.isFinite(result.lastLoss())) {
      return "the model diverges on " + batch + "; take a smaller --lr";
    }
    if (!result.learnt()) {
      return "the model has not learnt " + batch + "; it was to be " + OverfitCheck.LEARNT
          + ". Give more steps, or look at --lr, at what is frozen, and at the labels (data check)";
    }
    return "the model can learn " + batch
        + (result.classes() == 1 ? "; but of one class alone, that says little" : "");
  }
}
