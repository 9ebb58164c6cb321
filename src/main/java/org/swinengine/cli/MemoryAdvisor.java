package org.swinengine.cli;

/** A command that says beforehand how much memory it takes. */
interface MemoryAdvisor {
  /** Whether it has said that this is too much, and what to do; nobody needs to hear that twice. */
  boolean hasAdvised();
}
