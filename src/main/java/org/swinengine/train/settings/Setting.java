package org.swinengine.train.settings;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A setting of a run: a component of a record. The component's name is the setting's; the command line says
 * it as an option of the same words. Types are double, int, long, boolean, String, {@code List<Double>},
 * enums, and classes with {@code static of(String)} and {@code text()}.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Setting {
  /**
   * What holds where nothing is said, as a user would write it; empty: it is derived, or an empty list or
   * text.
   */
  String usual();

  /** What it is for, a sentence or two for the command line's help. */
  String help();

  /** What stands for the value in the help; empty: by type. */
  String label() default "";

  /** The help's words on what holds by default; empty: {@link #usual}. */
  String byDefault() default "";

  /** The key in {@code config.yaml}; empty: the name in capitals, its words joined by underscores. */
  String key() default "";

  /** Least value of a number; {@link Double#MIN_NORMAL}: anything above 0. */
  double least() default -Double.MAX_VALUE;

  /** Largest value of a number. */
  double most() default Double.MAX_VALUE;

  /**
   * Whether the result depends on it. What changes no result may differ where a run goes on, and stands in
   * another section of the file.
   */
  boolean changesResult() default true;

  /** Whether an option of the command line is made from it; otherwise a command has its own way. */
  boolean option() default true;
}
