package org.swinengine.train.tuning;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Parameter;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.models.ClassificationModel;
import org.swinengine.models.Model;
import org.swinengine.models.ParameterPlace;

/**
 * Whether the features that a frozen backbone gives are computed once and kept, so that an epoch runs the
 * head alone. It changes no bit of the result on the CPU.
 */
public enum CacheFeatures {
  /** Where it is possible. */
  AUTO,
  /** It must be possible. */
  ON,
  /** Never: every step computes them anew. */
  OFF;

  /**
   * Most bytes of features that a data set's part keeps in memory, where a quarter of the heap is no less.
   */
  private static final long MOST_IN_MEMORY = 1L << 30;

  /** As a user writes it. */
  public String text() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }

  /**
   * What a user wrote.
   *
   * @throws IllegalArgumentException saying what is allowed
   */
  public static CacheFeatures of(String text) {
    for (CacheFeatures value : values()) {
      if (value.text().equals(text)) {
        return value;
      }
    }
    throw new IllegalArgumentException("`cacheFeatures` is " + text + ", but must be auto, on or off");
  }

  /** Bytes of features that may be kept in memory; more go to a file in the run folder. */
  public static long memoryBound() {
    return Math.min(MOST_IN_MEMORY, Runtime.getRuntime().maxMemory() / 4);
  }

  /** The setting that switches a variation off. */
  private static String off(String option) {
    String name = option.substring(0, option.indexOf(' ') + 1);
    return name + (option.endsWith(" true") ? "false" : name.equals("`autoAugment` ") ? "none" : "0");
  }

  /** Whether features would be the same at each step, were it not for {@link #obstacle}. */
  static boolean headAloneLearns(Model model) {
    return model.parameters().stream()
        .filter(Parameter::isTrainable)
        .allMatch(parameter -> ParameterPlace.of(model, parameter.path()).isHead());
  }

  /**
   * What keeps features from being computed once, with the way out of it; null if nothing does.
   *
   * @param varying how training images vary, each a setting and its value
   * @param model with its parameters frozen
   */
  static @Nullable String obstacle(FineTuning tuning, List<String> varying, Model model, Backend backend) {
    if (!(model instanceof ClassificationModel) || !headAloneLearns(model)) {
      return "more than the head learns (`freeze` " + tuning.freeze().text()
          + "); `freeze` backbone leaves only the head";
    }
    if (!varying.isEmpty()) {
      List<String> off =
          varying.stream().map(CacheFeatures::off).toList();
      return "training images vary (" + String.join(" ", varying) + "); " + String.join(" ", off)
          + " gives each image the same features in every epoch";
    }
    List<String> dropping = new ArrayList<>();
    // With `freeze` backbone the model runs in evaluation mode, where nothing is dropped.
    if (!tuning.freeze().isBackbone()) {
      if (model.spec().dropRate() > 0) {
        dropping.add("dropout");
      }
      if (model.spec().dropPathRate() > 0) {
        dropping.add("stochastic depth");
      }
    }
    if (!dropping.isEmpty()) {
      return "the model has " + String.join(" and ", dropping) + "; `freeze` backbone turns that off";
    }
    if (backend.masterType() == DType.FLOAT64) {
      return "features are kept in float32, and this device computes in float64";
    }
    return null;
  }

  /**
   * What is said of the features at the start; null where more than the head learns.
   *
   * @param caches what {@link #decide} has decided
   * @param varying how training images vary, each a setting and its value
   */
  public static @Nullable String line(
      boolean caches, FineTuning tuning, List<String> varying, Model model, Backend backend) {
    if (!headAloneLearns(model)) {
      return null;
    }
    if (caches) {
      return "computed once, then only the head runs"
          + (tuning.unfreezes() ? " until `unfreezeAfter`" : "") + " (`cacheFeatures`)";
    }
    String obstacle = obstacle(tuning, varying, model, backend);
    return "computed in every epoch, since " + (obstacle == null ? "`cacheFeatures` is off" : obstacle);
  }

  /**
   * Whether to cache.
   *
   * @param varying how training images vary, each a setting and its value
   * @param model with its parameters frozen
   * @throws IllegalArgumentException if it must be, but cannot
   */
  public boolean decide(FineTuning tuning, List<String> varying, Model model, Backend backend) {
    if (this == OFF) {
      return false;
    }
    String obstacle = obstacle(tuning, varying, model, backend);
    if (this == ON && obstacle != null) {
      throw new IllegalArgumentException("`cacheFeatures` on is not possible: " + obstacle);
    }
    return obstacle == null;
  }
}
