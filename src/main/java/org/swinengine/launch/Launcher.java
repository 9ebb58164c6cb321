package org.swinengine.launch;

/** Starts the engine. */
public final class Launcher {
  private Launcher() {}

  public static void main(String[] arguments) {
    System.out.println("swin-engine");
  }
}
