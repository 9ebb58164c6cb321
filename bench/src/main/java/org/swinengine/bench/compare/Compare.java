package org.swinengine.bench.compare;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** The command {@code bench/compare}. */
@CommandLine.Command(
    name = "bench/compare",
    sortOptions = false,
    usageHelpWidth = 100,
    description = {
      "Runs Swin Engine and others on the same models and batches, whole fresh processes in turns, and writes"
          + " the tables of bench/RESULTS.md. What is not installed is skipped and named.",
      "The machine should have nothing else to do."
    })
final class Compare implements Callable<Integer> {
  private static final Path ROOT = Path.of(System.getProperty("compare.root", "."));
  private static final String ENGINE = "engine";
  private static final PrintStream OUT = System.out;

  @Option(names = {"-h", "--help"}, usageHelp = true, description = "Show this help message and exit.")
  private boolean help;

  @Option(
      names = "--what",
      split = ",",
      paramLabel = "NAME",
      defaultValue = "rows",
      description = "Comparisons: rows (rates), predict (and inspect), memory, train, curves (validation by"
          + " epoch), segmentation-curve (losses of steps), starts, scaling. Default: ${DEFAULT-VALUE}.")
  private List<String> what;

  @Option(
      names = "--rows",
      split = ",",
      paramLabel = "ROW",
      description = "Rows of the table of rates: swin-8, swin-1, vit-8, deit-8, unet-1, swin-train-8,"
          + " vit-train-8, deit-train-8, unet-train-4. Default: all.")
  private List<String> rows = Row.ALL.stream().map(Row::id).toList();

  @Option(
      names = "--peers",
      split = ",",
      paramLabel = "PEER",
      defaultValue = "eager,onnx",
      description = "Beside ours: eager, compile, bf16 (PyTorch), onnx (ONNX Runtime), djl (PyTorch below"
          + " DJL). Default: ${DEFAULT-VALUE}.")
  private List<String> peers;

  @Option(
      names = "--registers",
      paramLabel = "native|16|both",
      defaultValue = "native",
      description = "The machine's vectors as they are, or AVX2's sixteen registers."
          + " Default: ${DEFAULT-VALUE}.")
  private String registers;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "5",
      description = "Turns of each. Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--seconds",
      paramLabel = "T",
      defaultValue = "15",
      description = "Time of a process's passes, a third of it warm-up. Default: ${DEFAULT-VALUE}.")
  private double seconds;

  @Option(names = "--threads", paramLabel = "N", description = "Default: one for each processor.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--java",
      paramLabel = "JDK",
      description = "A JDK for ours, a folder or its java; may be given several times, ratios are the"
          + " first's. Default: the one that runs this.")
  private List<Path> javas = List.of();

  @Option(
      names = "--python",
      paramLabel = "PYTHON",
      defaultValue = "python3",
      description = "One with torch and timm. Default: ${DEFAULT-VALUE}.")
  private String python;

  @Option(
      names = "--swin-unet-code",
      paramLabel = "DIR",
      description = "A checkout of https://github.com/HuCaoFighting/Swin-Unet.")
  private Path swinUnetCode;

  @Option(names = "--photo", paramLabel = "JPEG", description = "For predict. Default: one that is made.")
  private Path photo;

  @Option(
      names = "--epochs",
      paramLabel = "N",
      defaultValue = "7",
      description = "Of train; its own default is 7. Default: ${DEFAULT-VALUE}.")
  private int epochs;

  @Option(
      names = "--fashion-mnist",
      paramLabel = "DIR",
      description = "For curves: the folder of its four IDX files.")
  private Path fashionMnist;

  @Option(
      names = "--cifar10-jpeg",
      paramLabel = "ZIP",
      description = "For curves: photographs of ten classes, as train/CLASS/FILE.jpg and "
          + "test/CLASS/FILE.jpg.")
  private Path cifar;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      defaultValue = "3",
      description = "Of curves, from 1. Default: ${DEFAULT-VALUE}.")
  private int seeds;

  @Option(
      names = "--starts",
      paramLabel = "N",
      defaultValue = "20",
      description = "Fresh processes of each JDK for starts. Default: ${DEFAULT-VALUE}.")
  private int starts;

  @Option(
      names = "--scratch",
      paramLabel = "DIR",
      description = "For exported models and other temporary files. Default: target/compare.")
  private Path scratch = ROOT.resolve("target/compare");

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description = "Raw results, a line of JSON for each process. What is in it already is not measured"
          + " again. Default: a new file in --scratch.")
  private Path output;

  @Option(
      names = "--from",
      arity = "1..*",
      paramLabel = "FILE",
      description = "Measure nothing; make the tables from the raw results of these files.")
  private List<Path> from = List.of();

  @Option(
      names = "--plot",
      paramLabel = "SVG",
      description = "Where scaling is drawn; none: nowhere. Default: docs/scaling.svg.")
  private String plot = ROOT.resolve("docs/scaling.svg").toString();

  @Option(
      names = "--results",
      paramLabel = "FILE",
      description = "The page whose tables are replaced; none: only print them. Default: bench/RESULTS.md.")
  private String page = ROOT.resolve("bench/RESULTS.md").toString();

  /** Runs the command; the exit code is 2 for wrong usage, 1 for a failure. */
  public static void main(String[] arguments) {
    CommandLine line = new CommandLine(new Compare());
    line.setExecutionExceptionHandler((e, commandLine, parsed) -> {
      if (e instanceof CompareException || e instanceof IOException) {
        System.err.println("bench/compare: " + e.getMessage());
        return 1;
      }
      throw e;
    });
    System.exit(line.execute(arguments));
  }

  @Override
  public Integer call() throws Exception {
    Results results = from.isEmpty() ? measure() : Results.of(from);
    List<Section> sections = Tables.of(results);
    Results scaling = results.what("scaling");
    if (!scaling.isEmpty() && !plot.equals("none")) {
      Files.writeString(Path.of(plot), Scaling.plot(scaling));
      OUT.println("The plot is in " + plot + ".");
    }
    if (page.equals("none")) {
      sections.forEach(section -> OUT.println("\n" + section.text()));
    } else {
      Page.replace(Path.of(page), sections);
      OUT.println("The tables are in " + page + ".");
    }
    return 0;
  }

  private Results measure() throws IOException, InterruptedException {
    Files.createDirectories(scratch);
    Path file = output != null ? output : scratch.resolve("results-" + System.currentTimeMillis() + ".jsonl");
    OUT.println("raw results: " + file);
    Results results = Results.goingOn(file);
    Runner runner = new Runner(scratch);
    Tools tools = new Tools(ROOT, scratch.toAbsolutePath(), python, threads, swinUnetCode, runner);
    List<Jdk> jdks = new ArrayList<>();
    for (Path java : javas) {
      jdks.add(Jdk.of(java));
    }
    if (jdks.isEmpty()) {
      jdks.add(Jdk.running());
    }
    Plan plan = new Plan(tools, jdks, peers, seconds, rounds, OUT::println);
    List<Contest> contests = new ArrayList<>();
    for (String register : registerFiles()) {
      for (String name : what) {
        contests.addAll(
            switch (name) {
              case "rows" -> plan.rows(rows.stream().map(Row::of).toList(), register);
              case "predict" -> plan.predict(photo != null ? photo : Photo.in(scratch), register);
              case "memory" -> plan.memory(register);
              case "train" -> plan.train(epochs, register);
              case Curves.WHAT -> plan.curves(curveData(), seeds, register);
              case SegmentationCurve.WHAT -> plan.segmentationCurve(register);
              case "starts" -> plan.starts(starts, register);
              case "scaling" -> plan.scaling(register);
              default -> throw new CompareException(
                  "--what: " + name + " is not one of rows, predict, memory, train, curves,"
                      + " segmentation-curve, starts, scaling");
            });
      }
    }
    Map<String, String> versions = new HashMap<>();
    jdks.forEach(jdk -> versions.put(jdk.peer(), jdk.version()));
    tools.revision().ifPresent(revision -> versions.put(ENGINE, revision));
    run(contests, results, runner, versions);
    return results;
  }

  private Map<CurveRecipe, Path> curveData() {
    Map<CurveRecipe, Path> data = new HashMap<>();
    data.put(CurveRecipe.PLAIN, fashionMnist);
    data.put(CurveRecipe.MIXED, cifar);
    return data;
  }

  private List<String> registerFiles() {
    return switch (registers) {
      case "native" -> List.of(Tools.NATIVE);
      case "16" -> List.of(Tools.SIXTEEN);
      case "both" -> List.of(Tools.NATIVE, Tools.SIXTEEN);
      default -> throw new CompareException(
          "--registers is " + registers + ", but must be native, 16 or both");
    };
  }

  /** Round by round, so that all rows are there early and slow changes of the machine hit all of them. */
  private void run(
      List<Contest> contests, Results results, Runner runner, Map<String, String> versions)
      throws IOException, InterruptedException {
    String machine = Machine.describe();
    Set<String> failed = new HashSet<>();
    int last = contests.stream().mapToInt(Contest::rounds).max().orElse(0);
    for (int round = 1; round <= last; round++) {
      for (Contest contest : contests) {
        if (round > contest.rounds()) {
          continue;
        }
        for (Job job : contest.inRound(round)) {
          String name = contest.what() + " " + contest.item() + " " + contest.registers() + " " + job.peer();
          String key =
              new Measurement(
                  machine, contest.what(), contest.item(), contest.registers(), job.peer(), round, null)
                  .key();
          if (results.has(key) || failed.contains(name)) {
            continue;
          }
          try {
            ObjectNode result = runner.run(job.command().get(round));
            job.addition().to(result);
            if (job.peer().startsWith(Jdk.PEER)) {
              result.put("jdk", versions.get(job.peer().replace(Plan.CHECKPOINT, "")));
              result.put(ENGINE, versions.getOrDefault(ENGINE, "of no known revision"));
            }
            if (contest.isTimed()) {
              result.put(Contest.GIVEN_SECONDS, seconds);
            }
            Measurement measurement =
                new Measurement(
                    machine, contest.what(), contest.item(), contest.registers(), job.peer(), round, result);
            results.add(measurement);
            OUT.printf(
                Locale.ROOT, "%d/%d %s: %s%n", round, contest.rounds(), name, shortly(measurement));
          } catch (Runner.Failed e) {
            failed.add(name);
            OUT.println("skipped " + name + ": " + e.getMessage());
          }
        }
      }
    }
  }

  private static String shortly(Measurement measurement) {
    return measurement.figure("images_per_second").isPresent()
        ? Summary.digits(measurement.figure("images_per_second").getAsDouble()) + " images/s"
        : Summary.digits(measurement.figure("wall_seconds").getAsDouble()) + " s";
  }
}
