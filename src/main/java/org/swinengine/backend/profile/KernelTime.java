package org.swinengine.backend.profile;

/**
 * Calls of one kind together, or several kinds.
 *
 * @param kind the method and the sizes that its speed depends on
 * @param calls number of calls
 * @param seconds that they took
 * @param flop floating point operations that they had to do
 * @param bytes that they had to read and write
 * @param boundSeconds time that they would take at the roofline; 0 until {@link Roofline#bind} is asked
 */
public record KernelTime(
    String kind, double calls, double seconds, double flop, double bytes, double boundSeconds) {

  /** Both together, under this one's kind. */
  public KernelTime plus(KernelTime other) {
    return new KernelTime(
        kind,
        calls + other.calls,
        seconds + other.seconds,
        flop + other.flop,
        bytes + other.bytes,
        boundSeconds + other.boundSeconds);
  }

  /** All numbers but the kind divided. */
  public KernelTime dividedBy(double passes) {
    return new KernelTime(
        kind, calls / passes, seconds / passes, flop / passes, bytes / passes, boundSeconds / passes);
  }

  /** The same under another name. */
  public KernelTime named(String name) {
    return new KernelTime(name, calls, seconds, flop, bytes, boundSeconds);
  }

  /** GFLOP/s; 0 where nothing is calculated. */
  public double gflops() {
    return seconds > 0 ? flop / seconds / 1e9 : 0;
  }

  /** GB/s of compulsory bytes. */
  public double gigabytesPerSecond() {
    return seconds > 0 ? bytes / seconds / 1e9 : 0;
  }

  /** Operations for each byte; 0 where nothing is calculated. */
  public double intensity() {
    return bytes > 0 ? flop / bytes : 0;
  }

  /** Rate at the roofline, GFLOP/s; 0 where nothing is calculated. */
  public double boundGflops() {
    return boundSeconds > 0 ? flop / boundSeconds / 1e9 : 0;
  }

  /** Time above the roofline's; 0 where the operands come from a cache that is faster than memory. */
  public double lossSeconds() {
    return Math.max(0, seconds - boundSeconds);
  }
}
