package org.swinengine.backend;

/** Calls that belong to a step like others before it; see {@link Backend#repeating}. */
public interface Repetition extends AutoCloseable {
  /** Where calls are made at once. */
  Repetition NONE = () -> {};

  /** What was asked for so far goes to the device: before the host waits for something else. */
  default void flush() {}

  /** Ends the step. All of it has been asked for then, in its order. */
  @Override
  void close();
}
