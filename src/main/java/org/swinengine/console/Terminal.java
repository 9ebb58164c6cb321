package org.swinengine.console;

import java.io.Console;

/** Whether a person looks on. */
public final class Terminal {
  private Terminal() {}

  /** Whether the standard streams are a terminal. */
  public static boolean isInteractive() {
    Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      // From JDK 22 on there is a console even where there is no terminal; this method, new there, tells them
      // apart.
      return (Boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (NoSuchMethodException e) {
      return true;
    } catch (ReflectiveOperationException e) {
      return false;
    }
  }
}
