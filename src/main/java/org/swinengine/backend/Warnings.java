package org.swinengine.backend;

import java.util.function.Consumer;

/**
 * Where sentences go that a user should read although nothing has failed. A program that shows them itself
 * {@link #sendTo says so}; without one they are warnings of the {@link System.Logger} {@code org.swinengine}.
 */
public final class Warnings {
  private static volatile Consumer<String> receiver = Warnings::log;

  private Warnings() {}

  /** Until it is closed, warnings go where they were sent. */
  public interface Subscription extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Sends warnings to a receiver, until the result is closed; then they go where they went before.
   *
   * @param to is given one sentence at a time, on whichever thread has found something
   */
  public static Subscription sendTo(Consumer<String> to) {
    Consumer<String> before = receiver;
    receiver = to;
    return () -> receiver = before;
  }

  /** Warns the user. */
  public static void say(String sentence) {
    receiver.accept(sentence);
  }

  private static void log(String sentence) {
    System.getLogger("org.swinengine").log(System.Logger.Level.WARNING, sentence);
  }
}
