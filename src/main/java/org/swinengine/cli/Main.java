package org.swinengine.cli;

import jdk.incubator.vector.FloatVector;

/** The command line. */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    System.out.println(FloatVector.SPECIES_PREFERRED);
  }
}
