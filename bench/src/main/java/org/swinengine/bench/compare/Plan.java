package org.swinengine.bench.compare;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Who competes in what. Says once who cannot. */
final class Plan {
  /** Ends the name of ours where it uses activation checkpointing. */
  static final String CHECKPOINT = "-checkpoint";

  private final Tools tools;
  private final List<Jdk> jdks;
  private final List<String> peers;
  private final double seconds;
  private final int rounds;
  private final Consumer<String> log;
  private final Set<String> said = new HashSet<>();

  Plan(Tools tools, List<Jdk> jdks, List<String> peers, double seconds, int rounds, Consumer<String> log) {
    this.tools = tools;
    this.jdks = jdks;
    this.peers = peers;
    this.seconds = seconds;
    this.rounds = rounds;
    this.log = log;
  }

  /** Rates of inference and of training steps. */
  List<Contest> rows(List<Row> rows, String registers) throws IOException, InterruptedException {
    List<Contest> contests = new ArrayList<>();
    for (Row row : rows) {
      List<Job> jobs = new ArrayList<>();
      for (Jdk jdk : jdks) {
        jobs.add(new Job(jdk.peer(), round -> ourBench(jdk, row, registers)));
      }
      for (String peer : peers) {
        String reason = tools.reasonAgainst(peer, row);
        if (reason == null) {
          jobs.add(new Job(peer, round -> tools.bench(peer, row, registers, seconds)));
        } else {
          skip(row.id() + " " + peer, reason);
        }
      }
      contests.add(new Contest("rows", row.id(), registers, rounds, jobs));
    }
    return contests;
  }

  /** From a process's start to its answer: {@code predict} of one photo, {@code inspect} of its weights. */
  List<Contest> predict(Path photo, String registers) throws IOException, InterruptedException {
    String reason = tools.reasonAgainst("eager");
    if (reason != null) {
      skip("predict", reason + ", which makes the weights");
      return List.of();
    }
    Row model = Row.of("swin-8");
    List<Job> predictions = new ArrayList<>();
    List<Job> inspections = new ArrayList<>();
    for (Jdk jdk : jdks) {
      predictions.add(
          new Job(
              jdk.peer(),
              round -> tools.ours(
                  jdk, registers, "predict", "--device", "cpu", "--threads",
                  Integer.toString(tools.threads()), "--weights", weights(model), "--top", "5",
                  photo.toString())));
      inspections.add(
          new Job(jdk.peer(), round -> tools.ours(jdk, registers, "inspect", weights(model))));
    }
    if (peers.contains("eager")) {
      predictions.add(
          new Job(
              "eager",
              round -> tools.script(
                  registers, "torch_predict.py", "--model", model.model(), "--weights", weights(model),
                  "--photo", photo.toString())));
    }
    return List.of(
        new Contest("predict", "predict", registers, rounds, predictions),
        new Contest("predict", "inspect", registers, rounds, inspections));
  }

  private String weights(Row model) throws IOException, InterruptedException, Runner.Failed {
    return tools.exported(model, "pth", "pth").toString();
  }

  /** The peak of resident memory of a training step, ours also with activation checkpointing. */
  List<Contest> memory(String registers) throws IOException, InterruptedException {
    Row row = Row.of("swin-train-8");
    List<Job> jobs = new ArrayList<>();
    for (Jdk jdk : jdks) {
      jobs.add(new Job(jdk.peer(), round -> ourBench(jdk, row, registers)));
      if (tools.benchKnows(jdk, "--use-checkpoint")) {
        jobs.add(
            new Job(jdk.peer() + CHECKPOINT, round -> ourBench(jdk, row, registers).and("--use-checkpoint")));
      } else {
        skip("memory " + jdk.peer() + " with --use-checkpoint", "bench has no such option");
      }
    }
    addEager(jobs, "memory", round -> tools.bench("eager", row, registers, seconds));
    return List.of(new Contest("memory", row.id(), registers, rounds, jobs));
  }

  /** Whole runs of {@code train} on the built-in data. */
  List<Contest> train(int epochs, String registers) throws IOException, InterruptedException {
    List<Job> jobs = new ArrayList<>();
    for (Jdk jdk : jdks) {
      jobs.add(
          new Job(
              jdk.peer(),
              round -> tools.ours(
                  jdk, registers, "train", "--device", "cpu", "--threads", Integer.toString(tools.threads()),
                  "--epochs", Integer.toString(epochs), "--output",
                  tools.scratch().resolve("runs").toString(), "--tag", "compare", "--json")));
    }
    addEager(
        jobs, "train",
        round -> tools.script(
            registers, "torch_train.py", "--epochs", Integer.toString(epochs), "--data",
            tools.root().resolve("src/main/resources/org/swinengine/data/fashion-mnist").toString()));
    return List.of(new Contest("train", Integer.toString(epochs), registers, rounds, jobs));
  }

  /**
   * The same recipes with the same data in both; the round is the seed.
   *
   * @param data where the data of each recipe are; those that are not there are skipped
   */
  List<Contest> curves(Map<CurveRecipe, Path> data, int seeds, String registers)
      throws IOException, InterruptedException {
    List<Contest> contests = new ArrayList<>();
    for (CurveRecipe recipe : CurveRecipe.ALL) {
      Path path = data.get(recipe);
      if (path == null) {
        skip("curves " + recipe.id(), "no --" + recipe.id());
        continue;
      }
      String place = path.toAbsolutePath().toString();
      List<Job> jobs = new ArrayList<>();
      for (Jdk jdk : jdks) {
        jobs.add(
            new Job(
                jdk.peer(),
                seed -> tools.ours(jdk, registers, "train", "--device", "cpu", "--data-path", place)
                    .and(recipe.ours()).and(recipe.recipe())
                    .and(
                        "--threads", Integer.toString(tools.threads()), "--seed", Integer.toString(seed),
                        "--output", tools.scratch().resolve("runs").toString(), "--tag", "curves", "--json"),
                Curves::addEpochs));
      }
      addEager(
          jobs, "curves",
          seed -> tools.script(registers, "torch_curves.py", "--data-path", place).and(recipe.theirs())
              .and(recipe.recipe()).and("--seed", Integer.toString(seed)));
      contests.add(new Contest(Curves.WHAT, recipe.id(), registers, seeds, jobs));
    }
    return contests;
  }

  /** Steps of a Swin-Unet by ours and by the original's code, which makes weights and batches for both. */
  List<Contest> segmentationCurve(String registers) throws IOException, InterruptedException {
    if (!tools.hasSwinUnet()) {
      skip(SegmentationCurve.WHAT, "no --swin-unet-code");
      return List.of();
    }
    Path folder = tools.scratch().resolve(SegmentationCurve.WHAT);
    List<Contest> contests = new ArrayList<>();
    for (SegmentationCurve curve : SegmentationCurve.ALL) {
      List<Job> jobs = new ArrayList<>();
      for (Jdk jdk : jdks) {
        jobs.add(
            new Job(
                jdk.peer(),
                round -> {
                  tools.curveFiles(folder);
                  return tools.ours(
                      jdk, registers, "fit-batch", "--device", "cpu", "--model", SegmentationCurve.MODEL,
                      "--threads", Integer.toString(tools.threads()), "--weights",
                      folder.resolve("weights.pth").toString(), "--input",
                      folder.resolve("input.npy").toString(), "--target",
                      folder.resolve("target.npy").toString(), "--loss", "ce-dice", "--schedule", "poly",
                      "--decay-all").and(curve.both());
                }));
      }
      addEager(jobs, SegmentationCurve.WHAT, round -> tools.curve(registers).and(curve.both()));
      contests.add(new Contest(SegmentationCurve.WHAT, curve.id(), registers, 1, jobs));
    }
    return contests;
  }

  /** Many fresh processes of one row, to see those whose kernels were compiled badly. */
  List<Contest> starts(int starts, String registers) {
    Row row = Row.of("swin-8");
    List<Job> jobs =
        jdks.stream().map(jdk -> new Job(jdk.peer(), round -> ourBench(jdk, row, registers))).toList();
    return List.of(new Contest("starts", row.id(), registers, starts, jobs));
  }

  /** Ours with growing batches, and with more windows of the same size. */
  List<Contest> scaling(String registers) {
    Jdk jdk = jdks.get(0);
    List<Contest> contests = new ArrayList<>();
    for (int batch : Scaling.BATCHES) {
      Row row = new Row("batch-" + batch, "", Row.SWIN_T, batch, false, Row.SIDE);
      contests.add(
          new Contest(
              "scaling", row.id(), registers, rounds,
              List.of(new Job(jdk.peer(), round -> ourBench(jdk, row, registers)))));
    }
    for (Scaling.Image image : Scaling.IMAGES) {
      Row row = new Row("windows-" + image.windows(), "", Row.SWIN_T, 1, false, Row.SIDE);
      contests.add(
          new Contest(
              "scaling", row.id(), registers, rounds,
              List.of(
                  new Job(
                      jdk.peer(),
                      round -> ourBench(jdk, row, registers).and("--opts", "DATA.IMG_SIZE",
                          image.option())))));
    }
    return contests;
  }

  private void addEager(List<Job> jobs, String what, Job.Source command)
      throws IOException, InterruptedException {
    if (!peers.contains("eager")) {
      return;
    }
    String reason = tools.reasonAgainst("eager");
    if (reason == null) {
      jobs.add(new Job("eager", command));
    } else {
      skip(what + " eager", reason);
    }
  }

  private Command ourBench(Jdk jdk, Row row, String registers) {
    return tools.ours(
        jdk, registers, "bench", "--device", "cpu", "--model", row.model(), "--batch",
        Integer.toString(row.batch()), "--mode", row.mode(), "--seconds", Double.toString(seconds),
        "--threads", Integer.toString(tools.threads()), "--json");
  }

  private void skip(String name, String reason) {
    if (said.add(name)) {
      log.accept("skipped " + name + ": " + reason);
    }
  }
}
