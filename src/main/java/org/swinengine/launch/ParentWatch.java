package org.swinengine.launch;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Optional;

/**
 * Ends this JVM when the launcher that started it is gone, however it went. A launcher that is killed by
 * SIGKILL can tell nobody, and a training run must not go on without the terminal or the job that owns it.
 *
 * <p>The end is {@link Runtime#halt}: no shutdown hook runs, as if the signal had come here. The engine
 * writes files so that this leaves either the old or the new one.
 */
final class ParentWatch implements Runnable {
  /** Set for the engine's JVM alone: the process id of its launcher. */
  static final String PARENT_PROPERTY = "swin.launch.parent";

  /** As the shell counts a death by SIGKILL, which is what the launcher died of in all likelihood. */
  private static final int EXIT_CODE = 128 + 9;

  private static final long POLL_MILLISECONDS = 250;

  private final Processes processes;
  private final long launcherPid;
  private final Object launcher;
  private final boolean byParent;

  private ParentWatch(Processes processes, long launcherPid, Object launcher, boolean byParent) {
    this.processes = processes;
    this.launcherPid = launcherPid;
    this.launcher = launcher;
    this.byParent = byParent;
  }

  /** Starts a daemon thread that watches the launcher. */
  static void start(long launcherPid) throws ReflectiveOperationException {
    Processes processes = new Processes();
    // A POSIX system gives an orphan another parent at once. That is the surest sign: it does not mistake a
    // zombie or a new process with the old number for the launcher. Windows never changes the parent, and
    // where bin/java is a script the parent is the script; there the launcher itself is looked for, by number
    // and start time.
    long parent = processes.parentPid();
    if (parent == Processes.UNKNOWN) {
      return; // a system that hides processes: nothing can be watched, and that is no reason not to work
    }
    boolean byParent = EngineProcess.POSIX && parent == launcherPid;
    Object launcher = processes.find(launcherPid);
    if (!byParent && launcher == null) {
      Runtime.getRuntime().halt(EXIT_CODE);
    }
    Thread thread = new Thread(new ParentWatch(processes, launcherPid, launcher, byParent), "launcher-watch");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void run() {
    try {
      while (!launcherIsGone()) {
        Thread.sleep(POLL_MILLISECONDS);
      }
      Runtime.getRuntime().halt(EXIT_CODE);
    } catch (InterruptedException | ReflectiveOperationException e) {
      String sentence = "The engine cannot watch its launcher (process " + launcherPid + ").";
      throw new IllegalStateException(sentence, e);
    }
  }

  private boolean launcherIsGone() throws ReflectiveOperationException {
    if (byParent) {
      long parent = processes.parentPid();
      return parent != launcherPid && parent != Processes.UNKNOWN;
    }
    return !processes.isAlive(launcher);
  }

  /** {@code ProcessHandle} of Java 9, which this Java 8 class file cannot name. */
  private static final class Processes {
    static final long UNKNOWN = -1;

    private final Object self;
    private final Method of;
    private final Method parent;
    private final Method pid;
    private final Method isAlive;

    Processes() throws ReflectiveOperationException {
      Class<?> handle = Class.forName("java.lang.ProcessHandle");
      of = handle.getMethod("of", long.class);
      parent = handle.getMethod("parent");
      pid = handle.getMethod("pid");
      isAlive = handle.getMethod("isAlive");
      self = handle.getMethod("current").invoke(null);
    }

    /** The parent of this process; {@link #UNKNOWN} if it cannot be read now (no file handle left, say). */
    long parentPid() throws ReflectiveOperationException {
      Object handle = ((Optional<?>) parent.invoke(self)).orElse(null);
      return handle == null ? UNKNOWN : (Long) pid.invoke(handle);
    }

    /** The living process with a number, or null. */
    Object find(long number) throws InvocationTargetException, IllegalAccessException {
      return ((Optional<?>) of.invoke(null, number)).orElse(null);
    }

    boolean isAlive(Object handle) throws InvocationTargetException, IllegalAccessException {
      return (Boolean) isAlive.invoke(handle);
    }
  }
}
