package org.swinengine.dashboard;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What a page shows, told by the thread that trains and read by those that answer. Whoever has the lock
 * copies a few numbers and waits for nothing.
 */
final class RunState {
  /** How far a run is. */
  enum Phase {
    STARTING,
    FEATURES,
    TRAINING,
    VALIDATING,
    COMPLETED,
    STOPPED
  }

  private static final int LOG_LINES = 200;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<String, String> facts = new LinkedHashMap<>();
  private StepCurve curve = new StepCurve();
  private final List<String> history = new ArrayList<>();
  private final Deque<String> log = new ArrayDeque<>();
  private final long begun = System.nanoTime();
  private String name = "";
  private Phase phase = Phase.STARTING;
  private @Nullable Path folder;
  private int epochs;
  private int epoch;
  private int step;
  private int steps;
  private double epochLoss;
  private double secondsLeft = Double.NaN;
  private long toldLeft;

  /** A run begins, or the next one of several. */
  synchronized void begin(
      String runName, Path runFolder, Map<String, String> runFacts, int plannedEpochs,
      List<String> before) {
    name = runName;
    folder = runFolder;
    facts.clear();
    facts.putAll(runFacts);
    epochs = plannedEpochs;
    history.clear();
    history.addAll(before);
    epoch = before.size();
    step = 0;
    curve = new StepCurve();
    secondsLeft = Double.NaN;
    phase = Phase.STARTING;
  }

  synchronized void phase(Phase now) {
    phase = now;
  }

  synchronized void log(String line) {
    if (log.size() == LOG_LINES) {
      log.removeFirst();
    }
    log.addLast(line);
  }

  synchronized void left(double seconds) {
    secondsLeft = seconds;
    toldLeft = System.nanoTime();
  }

  /**
   * A step is done.
   *
   * @param mean of the epoch's losses until now, from which the step's own follows
   */
  synchronized void step(int ofEpoch, int done, int of, double mean, double rate, double imagesPerSecond) {
    boolean next = ofEpoch == epoch && done == step + 1 && step > 0;
    double loss = next ? mean * done - epochLoss * (done - 1) : mean;
    epoch = ofEpoch;
    step = done;
    steps = of;
    epochLoss = mean;
    phase = done == of ? Phase.VALIDATING : Phase.TRAINING;
    curve.add(ofEpoch - 1 + (double) done / of, loss, rate, imagesPerSecond);
  }

  synchronized void epoch(String metrics) {
    history.add(metrics);
    phase = Phase.TRAINING;
  }

  /** Whether the run has ended and will say nothing more. */
  synchronized boolean isOver() {
    return phase == Phase.COMPLETED || phase == Phase.STOPPED;
  }

  synchronized @Nullable Path folder() {
    return folder;
  }

  /** All of it, as the page reads it. */
  String toJson() {
    ObjectNode node = JSON.createObjectNode();
    List<String> lines;
    Path place;
    synchronized (this) {
      node.put("name", name);
      node.put("phase", phase.name().toLowerCase(Locale.ROOT));
      node.put("epoch", epoch);
      node.put("epochs", epochs);
      node.put("step", step);
      node.put("steps_per_epoch", steps);
      putFinite(node, "epoch_loss", epochLoss);
      double told = (System.nanoTime() - toldLeft) / 1e9;
      putFinite(node, "seconds_left", isOver() ? 0 : Math.max(0, secondsLeft - told));
      node.put("seconds", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun) / 1e3);
      curve.writeTo(node.putObject("curve"));
      ObjectNode about = node.putObject("facts");
      facts.forEach(about::put);
      ArrayNode logged = node.putArray("log");
      log.forEach(logged::add);
      lines = List.copyOf(history);
      place = folder;
    }
    ArrayNode metrics = node.putArray("history");
    for (String line : lines) {
      try {
        metrics.add(JSON.readTree(line));
      } catch (JsonProcessingException e) {
        throw new IllegalStateException("not a line of metrics: " + line, e);
      }
    }
    node.put("report", place != null && Files.isRegularFile(place.resolve(Dashboard.REPORT)));
    return node.toString();
  }

  private static void putFinite(ObjectNode node, String key, double value) {
    if (Double.isFinite(value)) {
      node.put(key, value);
    } else {
      node.putNull(key);
    }
  }
}
