package org.swinengine.models;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What recognising a model leaves to say, in sentences: what was seen, and what was only assumed, because
 * arrays are the same for any value.
 */
public final class RecognitionNotes {
  private final List<String> sentences = new ArrayList<>();
  private final List<String> assumptions = new ArrayList<>();
  private final Set<String> assumed = new LinkedHashSet<>();

  /** Something that a user may want to know. */
  public void add(String sentence) {
    sentences.add(sentence);
  }

  /**
   * Something without which the model may be another one: whoever computes with it is warned.
   *
   * @param setting that says otherwise, such as {@code heads}
   * @param sentence without a full stop
   */
  public void assume(String setting, String sentence) {
    warn(sentence);
    assumed.add(setting);
  }

  /** Something that whoever computes with the model should know, though nothing was assumed of it. */
  public void warn(String sentence) {
    sentences.add(sentence);
    assumptions.add(sentence);
  }

  /** A setting that follows from one that was assumed: a file must not say it as a fact either. */
  public void follows(String setting) {
    assumed.add(setting);
  }

  /** Whether the value of a setting is a guess. */
  public boolean isAssumed(String setting) {
    return assumed.contains(setting);
  }

  /** All that was said, in order. */
  public List<String> sentences() {
    return List.copyOf(sentences);
  }

  /** The sentences that whoever computes with the model should read. */
  public List<String> assumptions() {
    return List.copyOf(assumptions);
  }

  /** The settings that were assumed. */
  public List<String> assumed() {
    return List.copyOf(assumed);
  }
}
