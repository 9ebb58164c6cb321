package org.swinengine.bench.compare;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/** All measurements, those of earlier files included. A new one is appended to the file at once. */
final class Results {
  static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;
  private final List<Measurement> measurements;
  private final Set<String> keys = new LinkedHashSet<>();

  private Results(Path file, List<Measurement> measurements) {
    this.file = file;
    this.measurements = measurements;
    measurements.forEach(measurement -> keys.add(measurement.key()));
  }

  /** Those of a file that may be there already, to go on with. */
  static Results goingOn(Path file) throws IOException {
    if (file.toAbsolutePath().getParent() != null) {
      Files.createDirectories(file.toAbsolutePath().getParent());
    }
    return new Results(file, Files.exists(file) ? read(file) : new ArrayList<>());
  }

  /** Those of files that are complete. */
  static Results of(List<Path> files) throws IOException {
    List<Measurement> all = new ArrayList<>();
    for (Path file : files) {
      all.addAll(read(file));
    }
    return new Results(null, all);
  }

  static Results of(Measurement... measurements) {
    return new Results(null, new ArrayList<>(List.of(measurements)));
  }

  private static List<Measurement> read(Path file) throws IOException {
    List<Measurement> all = new ArrayList<>();
    int number = 0;
    for (String line : Files.readAllLines(file)) {
      number++;
      if (line.isBlank()) {
        continue;
      }
      try {
        if (JSON.readTree(line) instanceof ObjectNode node && node.get("result") instanceof ObjectNode) {
          all.add(Measurement.of(node));
          continue;
        }
      } catch (JsonProcessingException e) {
        // Reported below, as any other line that is none of ours.
      }
      throw new CompareException(
          "Line " + number + " of " + file + " is no measurement; cut it off to go on.");
    }
    return all;
  }

  boolean has(String key) {
    return keys.contains(key);
  }

  void add(Measurement measurement) throws IOException {
    measurements.add(measurement);
    keys.add(measurement.key());
    Files.writeString(
        file, measurement.toJson() + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  List<Measurement> all() {
    return List.copyOf(measurements);
  }

  /** The measurements that fulfil a condition. */
  Results where(Predicate<Measurement> condition) {
    return new Results(null, measurements.stream().filter(condition).toList());
  }

  Results what(String what) {
    return where(measurement -> measurement.what().equals(what));
  }

  Results item(String item) {
    return where(measurement -> measurement.item().equals(item));
  }

  Results registers(String registers) {
    return where(measurement -> measurement.registers().equals(registers));
  }

  Results peer(String peer) {
    return where(measurement -> measurement.peer().equals(peer));
  }

  boolean isEmpty() {
    return measurements.isEmpty();
  }

  /** The distinct values of a property, in the order of their first use. */
  List<String> distinct(java.util.function.Function<Measurement, String> property) {
    return measurements.stream().map(property).distinct().toList();
  }

  /** A figure by round. */
  Map<Integer, Double> byRound(String figure) {
    Map<Integer, Double> values = new TreeMap<>();
    for (Measurement measurement : measurements) {
      measurement.figure(figure).ifPresent(value -> values.put(measurement.round(), value));
    }
    return values;
  }

  /** A figure's median and spread; null where there is none. */
  Summary summary(String figure) {
    Map<Integer, Double> values = byRound(figure);
    return values.isEmpty() ? null : Summary.of(List.copyOf(values.values()));
  }

  /** The ratio of a figure of one peer to another's, round by round; null where they share no round. */
  Summary ratio(String figure, String peer, String other) {
    Map<Integer, Double> ours = peer(peer).byRound(figure);
    Map<Integer, Double> theirs = new HashMap<>(peer(other).byRound(figure));
    List<Double> ratios = new ArrayList<>();
    ours.forEach((round, value) -> {
      Double theirValue = theirs.get(round);
      if (theirValue != null) {
        ratios.add(value / theirValue);
      }
    });
    return ratios.isEmpty() ? null : Summary.of(ratios);
  }
}
