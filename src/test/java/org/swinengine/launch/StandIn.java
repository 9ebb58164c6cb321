package org.swinengine.launch;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/** What the tests' jar runs in place of the engine's command line; it is packed by {@link LauncherJar}. */
public final class StandIn {
  /** Longer than the launcher waits before it sends SIGTERM, and than the watch needs for a few looks. */
  private static final long HOOK_MILLISECONDS = 750;

  /** No test takes so long. */
  private static final long SERVICE_MILLISECONDS = 600_000;

  private StandIn() {}

  /** Runs the command that the first argument names. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    switch (arguments[0]) {
      case "exit" -> System.exit(Integer.parseInt(arguments[1]));
      case "throw" -> throw new IllegalStateException("thrown by the engine");
      case "describe", "inspect" -> describe(arguments);
      case "predict" -> System.exit(arguments.length - 1);
      case "copy" -> System.in.transferTo(System.out);
      case "flood" -> flood();
      case "serve" -> serve(Path.of(arguments[1]));
      default -> throw new IllegalArgumentException(arguments[0]);
    }
  }

  private static void describe(String[] arguments) {
    System.out.println("arguments=" + Arrays.toString(arguments));
    System.out.println("pid=" + ProcessHandle.current().pid());
    System.out.println("home=" + System.getProperty("java.home"));
    System.out.println("folder=" + System.getProperty("user.dir"));
    System.out.println("encoding=" + System.getProperty("sun.jnu.encoding"));
    System.out.println("locale=" + System.getenv("LC_ALL"));
    System.out.println("exist=" + Arrays.stream(arguments).map(name -> Files.exists(Path.of(name))).toList());
    System.out.println("text=" + System.getProperty("text"));
    System.out.println("heapMiB=" + (Runtime.getRuntime().maxMemory() >> 20));
    System.out.println("vector=" + ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent());
    System.out.println("watched=" + Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals("launcher-watch")));
    System.out.println("nativeAccess=" + nativeAccess());
    System.out.println("options=" + ManagementFactory.getRuntimeMXBean().getInputArguments());
    System.out.println("optionVariable=" + System.getenv("JDK_JAVA_OPTIONS"));
  }

  /** Whether code on the class path may load native libraries without a warning; always so before Java 22. */
  private static boolean nativeAccess() {
    try {
      return (Boolean) Module.class.getMethod("isNativeAccessEnabled").invoke(StandIn.class.getModule());
    } catch (ReflectiveOperationException e) {
      return true;
    }
  }

  /** Writes until nobody reads. */
  private static void flood() {
    OutputStream out = System.out;
    byte[] line = "more and more\n".getBytes();
    try {
      while (!System.out.checkError()) {
        out.write(line);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    System.exit(3);
  }

  /** Tells its process id, waits for a signal, and notes in a file when its shutdown begins and ends. */
  private static void serve(Path notes) throws InterruptedException {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      note(notes, "begin ");
      try {
        Thread.sleep(HOOK_MILLISECONDS);
      } catch (InterruptedException e) {
        note(notes, "interrupted ");
      }
      note(notes, "end");
    }));
    System.out.println(ProcessHandle.current().pid());
    Thread.sleep(SERVICE_MILLISECONDS);
  }

  private static void note(Path notes, String text) {
    try {
      Files.writeString(notes, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
