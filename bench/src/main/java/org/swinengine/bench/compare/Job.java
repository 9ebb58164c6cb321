package org.swinengine.bench.compare;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;

/**
 * One contestant of a comparison.
 *
 * @param peer {@code ours-17}, {@code eager} …
 * @param command what it runs; may first export a model
 * @param addition what is put to its result from elsewhere
 */
record Job(String peer, Source command, Addition addition) {
  /** Makes a command, once it is needed. */
  interface Source {
    /**
     * @param round which turn it is, from 1
     */
    Command get(int round) throws IOException, InterruptedException, Runner.Failed;
  }

  /** Adds to a result what its process has not printed. */
  interface Addition {
    void to(ObjectNode result) throws IOException;
  }

  Job(String peer, Source command) {
    this(peer, command, result -> {});
  }
}
