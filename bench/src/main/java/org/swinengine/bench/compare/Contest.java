package org.swinengine.bench.compare;

import java.util.List;
import java.util.stream.Stream;

/**
 * Contestants that run in turns.
 *
 * @param what which comparison
 * @param item which of its rows
 * @param registers {@code native} or {@code 16}
 * @param rounds turns of each
 */
record Contest(String what, String item, String registers, int rounds, List<Job> jobs) {
  /** Of the results of timed processes: the time that they were given. */
  static final String GIVEN_SECONDS = "given_seconds";

  /** Whether its processes measure for a given time; else their whole run is measured. */
  boolean isTimed() {
    return !what.equals("predict") && !what.equals("train") && !what.equals(Curves.WHAT)
        && !what.equals(SegmentationCurve.WHAT);
  }

  /** The contestants in a round's order: each is first as often as the others. */
  List<Job> inRound(int round) {
    int first = (round - 1) % jobs.size();
    return Stream.concat(
        jobs.subList(first, jobs.size()).stream(), jobs.subList(0, first).stream())
        .toList();
  }
}
