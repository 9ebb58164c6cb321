package org.swinengine.bench.compare;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Who competes in what. Says once who cannot. */
final class Plan {
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
        jobs.add(new Job(jdk.peer(), () -> ourBench(jdk, row, registers)));
      }
      for (String peer : peers) {
        String reason = tools.reasonAgainst(peer, row);
        if (reason == null) {
          jobs.add(new Job(peer, () -> tools.bench(peer, row, registers, seconds)));
        } else {
          skip(row.id() + " " + peer, reason);
        }
      }
      contests.add(new Contest("rows", row.id(), registers, rounds, jobs));
    }
    return contests;
  }

  private Command ourBench(Jdk jdk, Row row, String registers) {
    Command command =
        tools.ours(
            jdk, registers, "bench", "--device", "cpu", "--model", row.model(), "--batch",
            Integer.toString(row.batch()), "--mode", row.mode(), "--seconds", Double.toString(seconds), "--threads",
            Integer.toString(tools.threads()), "--json");
    return row.size() == 224 ? command : command.and("--opts", "DATA.IMG_SIZE", Integer.toString(row.size()));
  }

  private void skip(String name, String reason) {
    if (said.add(name)) {
      log.accept("skipped " + name + ": " + reason);
    }
  }
}
