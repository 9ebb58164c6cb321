package org.swinengine.launch;

import java.io.File;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The engine's JVM, seen from the launcher's. Both have the same standard streams, and the launcher ends with
 * the exit code of the engine, 128 + the number of the signal if it died of one.
 *
 * <p>A SIGTERM, SIGINT or SIGHUP that ends the launcher also ends the engine. The launcher cannot know
 * whether the engine has got the signal as well: Ctrl-C and a closing terminal send it to both, {@code kill}
 * to the launcher alone. So it waits a moment and then sends SIGTERM, which a JVM that is shutting down
 * already does not notice: shutdown hooks run once in either case, and for as long as they need.
 */
final class EngineProcess {
  /** False on Windows. */
  static final boolean POSIX = File.pathSeparatorChar == ':';

  /** Time for a signal that was sent to both processes to take effect in the engine first. */
  private static final long GRACE_MILLISECONDS = 250;

  /** Variables that hold options of java: the launcher's JVM has reported those, so the command has them. */
  private static final String[] OPTION_VARIABLES = {"JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS"};

  private final ClassArchive archive;
  private Process process;
  private boolean stopping;

  private EngineProcess(ClassArchive archive) {
    this.archive = archive;
  }

  /**
   * Runs a command to its end and then ends this JVM with its exit code. Returns only if a signal is ending
   * this JVM already.
   *
   * @param archive that the command uses or makes; null if none
   * @throws IOException if the process cannot be started
   */
  static void runAndExit(List<String> command, ClassArchive archive) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
    Map<String, String> environment = builder.environment();
    for (String variable : OPTION_VARIABLES) {
      environment.remove(variable);
    }
    environment.putAll(PlainLocale.environment());
    EngineProcess engine = new EngineProcess(archive);
    Runtime.getRuntime().addShutdownHook(new Thread(engine::stop, "engine-stop"));
    if (engine.start(builder)) {
      engine.exit(waitFor(engine.process));
    }
  }

  /** Starts the process, unless the hook has run: then nobody would tell the engine of the signal. */
  private synchronized boolean start(ProcessBuilder builder) throws IOException {
    if (!stopping) {
      process = builder.start();
    }
    return !stopping;
  }

  /** The shutdown hook. */
  private synchronized void stop() {
    stopping = true;
    if (process == null) {
      return;
    }
    try {
      if (!process.waitFor(GRACE_MILLISECONDS, TimeUnit.MILLISECONDS) && POSIX) {
        process.destroy(); // SIGTERM. On Windows this would be a kill; there Ctrl-C always reaches both
      }
    } catch (InterruptedException e) {
      process.destroy();
    }
    exit(waitFor(process));
  }

  private static int waitFor(Process process) {
    while (true) {
      try {
        return process.waitFor();
      } catch (InterruptedException e) {
        // Nobody interrupts the launcher's threads on purpose, and there is nothing to do but to wait.
      }
    }
  }

  /**
   * Halts: a shutdown hook can give the exit code in no other way, and the launcher's JVM must not finish
   * things that are the engine's, such as the file of a flight recording that the user asked for (both JVMs
   * got the option).
   */
  private void exit(int code) {
    if (archive != null) {
      archive.finish(code);
    }
    Runtime.getRuntime().halt(code);
  }
}
