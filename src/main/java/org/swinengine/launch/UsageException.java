package org.swinengine.launch;

/** The launcher was asked for something that it cannot do; the message is a sentence for the user. */
final class UsageException extends Exception {
  private static final long serialVersionUID = 1L;

  UsageException(String sentence) {
    super(sentence);
  }
}
