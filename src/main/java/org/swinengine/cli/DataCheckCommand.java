package org.swinengine.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.swinengine.data.DatasetOptions;
import org.swinengine.data.check.CheckReport;
import org.swinengine.data.check.DataCheck;
import org.swinengine.data.check.Finding;
import org.swinengine.data.check.PartSummary;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code data check}: what is wrong with data. */
@Command(
    name = "check",
    description = {
      "Decodes every picture and says what is unreadable, twice there, in two parts at once, labelled in two"
          + " ways or alike, how many images each class has, their sizes, and their mean and deviation.",
      "Ends with 1 if something was found that makes what is learnt or measured wrong: unreadable files, the"
          + " same picture or group in two parts, contradictory labels; else with 0."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false)
final class DataCheckCommand implements Callable<Integer> {
  private static final int SHOWN = 8;

  @Spec
  private CommandSpec command;

  @Option(
      names = "--data-path",
      paramLabel = "DATA",
      description = "Data as train takes them; a test part alone will do.")
  private Path dataPath;

  @Mixin
  private DataArgument argument;

  @Mixin
  private ListOptions list;

  @Option(names = "--all", description = "Name everything that was found, not the first of each kind.")
  private boolean all;

  @Mixin
  private JsonOption json;

  @Override
  public Integer call() throws IOException {
    Path data = argument.or(dataPath);
    if (data == null) {
      throw new ParameterException(command.commandLine(), "name the data to check");
    }
    CheckReport report = DataCheck.of(data, list.applyTo(DatasetOptions.DEFAULT));
    if (json.isOn()) {
      command.commandLine().getOut().println(toJson(data, report));
    } else {
      show(report, command.commandLine().getOut());
    }
    return report.hasFaults() ? 1 : 0;
  }

  private void show(CheckReport report, PrintWriter out) {
    report.notes().forEach(note -> out.println("note      " + SettingNames.inOptions(note, command)));
    for (PartSummary part : report.parts()) {
      out.printf(Locale.ROOT, "%-11s%,d images%s%n", part.name(), part.images(), colours(part));
      out.println("  classes " + some(part.classes(), 12));
      out.println("  sizes   " + some(part.sizes(), 5));
      if (part.images() > 0) {
        out.println("  mean    " + numbers(part, part.mean()) + ", deviation "
            + numbers(part, part.deviation()));
      }
    }
    for (Finding.Kind kind : Finding.Kind.values()) {
      List<Finding> found = report.findings().stream().filter(finding -> finding.kind() == kind).toList();
      if (!found.isEmpty()) {
        out.printf("%n%s%s: %d%n", kind.isFault() ? "FAULT  " : "note   ", text(kind), found.size());
        found.stream().limit(all ? found.size() : SHOWN).forEach(finding -> show(finding, out));
        if (!all && found.size() > SHOWN) {
          out.println("  … and " + (found.size() - SHOWN) + " more (--all)");
        }
      }
    }
    out.println();
    out.println(
        report.hasFaults() ? "There are faults."
            : report.findings().isEmpty() ? "Nothing was found."
                : "No faults.");
  }

  private void show(Finding finding, PrintWriter out) {
    out.println("  " + SettingNames.inOptions(finding.text(), command));
    if (finding.kind() != Finding.Kind.UNREADABLE) {
      finding.samples().stream().limit(all ? finding.samples().size() : 4)
          .forEach(sample -> out.println("    " + sample));
      if (!all && finding.samples().size() > 4) {
        out.println("    … and " + (finding.samples().size() - 4) + " more");
      }
    }
  }

  private static String text(Finding.Kind kind) {
    return switch (kind) {
      case UNREADABLE -> "unreadable files";
      case SAME_IMAGE_IN_PARTS -> "pictures that are in two parts";
      case SAME_GROUP_IN_PARTS -> "groups that are in two parts";
      case CONTRADICTING_LABELS -> "pictures with contradictory labels";
      case EMPTY_CLASS -> "classes without images";
      case DUPLICATE -> "pictures that are there several times";
      case NEAR_DUPLICATE -> "pairs of pictures that look alike";
      case IMBALANCE -> "uneven classes";
    };
  }

  private static String colours(PartSummary part) {
    return part.grey() == part.images() ? ", grey" : part.grey() == 0 ? "" : ", " + part.grey() + " grey";
  }

  private static String some(Map<String, Integer> counts, int most) {
    String text =
        counts.entrySet().stream().limit(most).map(entry -> entry.getKey() + " " + entry.getValue())
            .collect(Collectors.joining(", "));
    return counts.size() > most ? text + " and " + (counts.size() - most) + " more" : text;
  }

  private static String numbers(PartSummary part, List<Double> values) {
    int shown = part.grey() == part.images() ? 1 : values.size();
    return values.subList(0, shown).stream().map(value -> String.format(Locale.ROOT, "%.4f", value))
        .collect(Collectors.joining(" "));
  }

  private ObjectNode toJson(Path data, CheckReport report) {
    ObjectNode node = Json.object();
    node.put("data", data.toString());
    node.put("faults", report.hasFaults());
    node.set("notes",
        Json.texts(report.notes().stream().map(note -> SettingNames.inOptions(note, command)).toList()));
    ArrayNode parts = node.putArray("parts");
    for (PartSummary part : report.parts()) {
      ObjectNode entry = parts.addObject().put("name", part.name()).put("images", part.images());
      ObjectNode classes = entry.putObject("classes");
      part.classes().forEach(classes::put);
      ObjectNode sizes = entry.putObject("sizes");
      part.sizes().forEach(sizes::put);
      entry.put("grey", part.grey());
      part.mean().forEach(entry.putArray("mean")::add);
      part.deviation().forEach(entry.putArray("std")::add);
    }
    ObjectNode counts = node.putObject("counts");
    for (Finding.Kind kind : Finding.Kind.values()) {
      counts.put(name(kind), report.count(kind));
    }
    ArrayNode findings = node.putArray("findings");
    for (Finding finding : report.findings()) {
      findings.addObject().put("kind", name(finding.kind())).put("fault", finding.kind().isFault())
          .put("text", SettingNames.inOptions(finding.text(), command))
          .set("samples", Json.texts(finding.samples()));
    }
    return node;
  }

  private static String name(Finding.Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }
}
