package org.swinengine.data;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A part of a data set that has its own folder or file. */
public enum DataPart {
  TRAIN("training", "train training trainval"),
  VALIDATION("validation", "val valid validation validate dev eval evaluation"),
  TEST("test", "test testing holdout");

  private static final Map<String, DataPart> BY_NAME = new TreeMap<>();

  static {
    for (DataPart part : values()) {
      for (String name : part.names.split(" ")) {
        BY_NAME.put(name, part);
      }
    }
  }

  private final String text;
  private final String names;

  DataPart(String text, String names) {
    this.text = text;
    this.names = names;
  }

  /** What people call it: training, validation or test. */
  public String text() {
    return text;
  }

  /**
   * The part that a folder of this name usually is, in letters of any case: {@code Val}, {@code train_set}.
   */
  public static Optional<DataPart> named(String folder) {
    String plain = folder.toLowerCase(Locale.ROOT).replaceFirst("(?<=.)[ _-]?(set|data|images|imgs)$", "");
    return Optional.ofNullable(BY_NAME.get(plain));
  }
}
