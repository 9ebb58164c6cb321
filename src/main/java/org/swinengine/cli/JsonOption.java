package org.swinengine.cli;

import picocli.CommandLine.Option;

/** The option of commands whose result a machine may read. */
final class JsonOption {
  @Option(names = "--json", description = "Print the result as JSON, and nothing else.")
  private boolean json;

  boolean isOn() {
    return json;
  }
}
