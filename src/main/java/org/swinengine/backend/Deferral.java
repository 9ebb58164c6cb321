package org.swinengine.backend;

/** A stretch of a thread's calls in which a backend may put work off; see {@link Backend#deferSums}. */
public interface Deferral extends AutoCloseable {
  /** Of a backend that puts nothing off. */
  Deferral NONE = () -> {};

  /**
   * Ends the stretch, on its thread: what was put off is asked for.
   *
   * @throws DeviceException if the device refuses it; it is given up then
   */
  @Override
  void close();
}
