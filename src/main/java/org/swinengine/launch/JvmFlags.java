package org.swinengine.launch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The flags that measured best for each JDK. A flag is left out where the user has set the same thing, by
 * {@code java}'s options or by {@code SWIN_JAVA_OPTS}.
 */
final class JvmFlags {
  /**
   * G1 for a program that keeps a few large arrays and uses them again. Left alone it takes half a gigabyte
   * before the first step: it widens the heap whenever collecting has taken some time, as it does while
   * vectors are still objects, lets young objects wander over all of it, and starts to mark the heap at every
   * other new array. With these it grows only when an array has no place, young objects stay within 64 MB,
   * arrays from half a megabyte on lie at the start of a region of their own (and so on a cache line), and
   * marking starts when the heap is full.
   */
  private static final List<String> FRUGAL =
      Arrays.asList(
          "-XX:G1HeapRegionSize=1m",
          "-XX:MaxNewSize=64m",
          "-XX:+UnlockExperimentalVMOptions",
          "-XX:G1ExpandByPercentOfAvailable=0",
          "-XX:InitiatingHeapOccupancyPercent=100",
          "-XX:-G1UseAdaptiveIHOP");

  /** What says how the heap is to be laid out; whoever says one of these says them all. */
  private static final String HEAP_LAYOUT =
      "-Xmn.*|-Xms.*|-XX:(Initial|Min)(HeapSize|RAMPercentage|RAMFraction)=.*|-XX:(Max)?NewSize=.*|-XX:G1.*"
          + "|-XX:[+-]G1UseAdaptiveIHOP|-XX:InitiatingHeapOccupancyPercent=.*|-XX:NewRatio=.*";

  private static final String HEAP_MAXIMUM = "-Xmx.*|-XX:(MaxHeapSize|MaxRAMPercentage|MaxRAMFraction)=.*";

  /** Commands that look at names and shapes: over before the optimizing compiler has earned its time. */
  private static final List<String> BRIEF = Arrays.asList(
      "inspect", "models", "help", "--help", "-h", "--version", "-V");

  private JvmFlags() {}

  /**
   * The flags for a command.
   *
   * @param feature the feature release of the JDK that will run the engine; 0 if unknown
   * @param given the options that the user has set
   * @param command the engine's first argument; empty if there is none
   */
  static List<String> of(int feature, List<String> given, String command) {
    boolean brief = command.isEmpty() || BRIEF.contains(command);
    if (!brief || anyMatches(given,
        "-XX:\\+Use\\w+GC|-XX:G1.*|-XX:[+-]?Tiered.*|-X(int|comp|mixed)|-XX:.*JVMCI.*")) {
      return of(feature, given);
    }
    List<String> flags = new ArrayList<>(Arrays.asList("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    if (!anyMatches(given, HEAP_MAXIMUM)) {
      flags.add("-XX:MaxRAMPercentage=60");
    }
    return flags;
  }

  /**
   * @param feature the feature release of the JDK that will run the engine; 0 if unknown
   * @param given the options that the user has set
   */
  static List<String> of(int feature, List<String> given) {
    List<String> flags = new ArrayList<>();
    // The engine keeps its large arrays 64-byte aligned by G1's layout of humongous objects; the parallel
    // collector cost a quarter of the speed. The JVM's own choice is the serial collector where it sees less
    // than 2 cores or 2 GB.
    if (!anyMatches(given, "-XX:\\+Use\\w+GC")) {
      flags.add("-XX:+UseG1GC");
    }
    boolean g1 = !anyMatches(given, "-XX:\\+Use\\w+GC") || anyMatches(given, "-XX:\\+UseG1GC");
    if (g1 && (feature == 17 || feature == 25) && !anyMatches(given, HEAP_LAYOUT)) {
      flags.addAll(FRUGAL);
    }
    // The default, a quarter of the memory, is too small for training; the rest is for the JIT, mapped
    // weights, the system's file cache and whoever else is there.
    if (!anyMatches(given, HEAP_MAXIMUM)) {
      flags.add("-XX:MaxRAMPercentage=60");
    }
    // Only what was measured on a JDK is switched on for it: the same two flags that gain 5 % (up to a third
    // with an unlucky register tile) on 25 cost 10 % on 17, and a JDK that has dropped a flag refuses to
    // start with it.
    if (feature == 25 && !anyMatches(given, "-XX:(LoopStripMiningIter=|[+-]UseCountedLoopSafepoints).*")) {
      // Kernels are short counted loops; strip mining puts a second loop around each of them.
      flags.add("-XX:LoopStripMiningIter=0");
      flags.add("-XX:-UseCountedLoopSafepoints");
    }
    return flags;
  }

  private static boolean anyMatches(List<String> options, String pattern) {
    for (String option : options) {
      if (option.matches(pattern)) {
        return true;
      }
    }
    return false;
  }
}
