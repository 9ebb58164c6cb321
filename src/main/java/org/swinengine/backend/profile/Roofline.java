package org.swinengine.backend.profile;

import java.util.OptionalDouble;

/**
 * What the machine can do at most (Williams, Waterman and Patterson 2009): a kernel computes no faster than
 * its peak, and no faster than its operands come from memory.
 *
 * @param gflops peak of fused multiply-adds, GFLOP/s; empty where it is not known, then memory alone is the
 *     bound
 * @param gigabytesPerSecond rate of a copy that no cache holds, read and written bytes together
 */
public record Roofline(OptionalDouble gflops, double gigabytesPerSecond) {
  /** The same calls with the time that they would take at the roofline. */
  public KernelTime bind(KernelTime time) {
    double atPeak = gflops.isPresent() ? time.flop() / gflops.getAsDouble() : 0;
    double bound = Math.max(atPeak, time.bytes() / gigabytesPerSecond) / 1e9;
    return new KernelTime(time.kind(), time.calls(), time.seconds(), time.flop(), time.bytes(), bound);
  }
}
