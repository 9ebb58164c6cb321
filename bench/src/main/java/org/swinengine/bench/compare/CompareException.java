package org.swinengine.bench.compare;

/** Ends the comparison with a sentence for the user. */
final class CompareException extends RuntimeException {
  private static final long serialVersionUID = 1;

  CompareException(String sentence) {
    super(sentence);
  }
}
