package org.swinengine.cli;

import java.io.PrintStream;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;

/**
 * On Ctrl-C or SIGTERM asks the work at hand to stop, and lets the process end only when it has. The JVM then
 * ends with the signal's exit code, 130 or 143.
 */
final class StopOnSignal implements AutoCloseable {
  private final CountDownLatch done = new CountDownLatch(1);
  private final Thread hook;

  /**
   * @param requestStop asks the work to stop soon; false: it has not begun and never will, so nothing has to
   *     be waited for
   * @param messages where to say what happens
   */
  StopOnSignal(BooleanSupplier requestStop, PrintStream messages) {
    hook =
        new Thread(
            () -> {
              messages.println();
              if (!requestStop.getAsBoolean()) {
                messages.println("swin-engine: stopped before training began; nothing was written");
                return;
              }
              messages.println("swin-engine: stopping after this step and saving a checkpoint ...");
              try {
                done.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "stop-on-signal");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** The work is done: no signal needs to wait for it any more. */
  @Override
  public void close() {
    done.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process is ending already: the hook has just been let go.
    }
  }
}
