package org.swinengine.bench.compare;

import java.io.IOException;

/**
 * One contestant of a comparison.
 *
 * @param peer {@code ours-17}, {@code eager} …
 * @param command what it runs; may first export a model
 */
record Job(String peer, Source command) {
  /** Makes a command, once it is needed. */
  interface Source {
    Command get() throws IOException, InterruptedException, Runner.Failed;
  }
}
