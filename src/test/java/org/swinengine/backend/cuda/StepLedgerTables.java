package org.swinengine.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.swinengine.backend.cuda.RecordedCalls.Asked;
import org.swinengine.backend.cuda.StepLedger.Sum;

/** The tables of steps in {@code docs/GPU_LEDGER.md}. */
final class StepLedgerTables {

  private record Step(String name, StepLedger ledger, int batch) {}

  private final List<Step> steps = new ArrayList<>();

  void add(String name, StepLedger ledger, int batch) {
    steps.add(new Step(name, ledger, batch));
  }

  /** The tables as the document has them. */
  String text() {
    StringBuilder text = new StringBuilder();
    text.append("| pass, batch | launches | copies | waits | GB | ms of kernels | ms | images/s |\n");
    text.append("|---|---|---|---|---|---|---|---|\n");
    steps.forEach(step -> {
      StepLedger ledger = step.ledger();
      text.append(line("| %s, %d | %d | %d | %d | %.1f | %.2f | %.2f | %.0f |", step.name(), step.batch(),
          ledger.calls(Asked.LAUNCH), ledger.calls(Asked.COPY_ON_DEVICE), ledger.calls(Asked.STREAM_WAIT),
          ledger.bytes() / 1e9, ledger.kernelSeconds() * 1e3, ledger.seconds() * 1e3,
          step.batch() / ledger.seconds()));
    });
    steps.forEach(step -> {
      if (step.batch() >= 256) {
        text.append("\n### ").append(step.name()).append(", batch ").append(step.batch()).append("\n\n");
        table(step.ledger(), text);
      }
    });
    return text.toString();
  }

  private static void table(StepLedger ledger, StringBuilder text) {
    text.append("| kernel | launches | MB | asked | used | slots, M | shared, M | meet | `mma`, M | useful"
        + " | ms | bound |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n");
    ledger.sums().entrySet().stream()
        .sorted((a, b) -> Double.compare(b.getValue().seconds, a.getValue().seconds))
        .forEach(entry -> {
          Sum sum = entry.getValue();
          text.append(line("| %s | %d | %.0f | %.2f | %.0f %% | %.1f | %s | %s | %s | %s | %.2f | %s |",
              entry.getKey(), sum.launches, sum.bytes / 1e6, sum.askedBytes / sum.bytes, 100 * sum.used(),
              sum.slots / 1e6, where(sum.wavefronts, sum.wavefronts / 1e6, "%.1f"),
              where(sum.wavefronts, sum.conflicts(), "%.2f"), where(sum.products, sum.products / 1e6, "%.1f"),
              where(sum.products, 100 * sum.usefulProducts / sum.products, "%.0f %%"), sum.seconds * 1e3,
              sum.bound()));
        });
  }

  private static String where(double any, double value, String form) {
    return any == 0 ? "–" : String.format(Locale.ROOT, form, value);
  }

  private static String line(String form, Object... values) {
    return String.format(Locale.ROOT, form, values) + "\n";
  }
}
