package org.swinengine.inference;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.swinengine.models.ModelConfigException;
import org.swinengine.models.ModelFamilies;
import org.swinengine.models.ModelFamily;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.RecognitionHints;

/**
 * Whether a model is what a user said of it. A hint is for models that only shapes show; beside a file that
 * says its model, or a model that was named, another value would be passed over in silence. Values are
 * compared with those of the model's configuration, which have the same names for all families.
 */
final class Hints {
  private Hints() {}

  /**
   * @param source the file's name, for the error
   * @throws ModelConfigException naming the hint that the model does not have
   */
  static void requireAgree(RecognitionHints hints, ModelSpec spec, String source) {
    if (hints.equals(RecognitionHints.NONE)) {
      return;
    }
    Map<String, Object> own = ownSection(spec);
    String type = spec.architecture().type();
    check("heads", hints.heads(), own.get("NUM_HEADS"), type, source);
    check("window", hints.window(), window(own), type, source);
    check("normEpsilon", hints.normEpsilon(), own.get("NORM_EPS"), type, source);
    check("pretrainedWindows", hints.pretrainedWindows(), own.get("PRETRAINED_WINDOW_SIZES"), type, source);
    Set<String> ofTheFile = ModelFamilies.of(spec).fileKeys();
    hints.own().forEach(
        (key, value) -> {
          if (!ofTheFile.contains(key)) {
            check(setting(key), value, text(own.get(key)), type, source);
          }
        });
    check("imageSize", hints.imageHeight(), spec.imageHeight(), type, source);
    check("imageSize", hints.imageWidth(), spec.imageWidth(), type, source);
    check("classes", hints.classes(), spec.classes(), type, source);
  }

  /**
   * What a model is, as hints: all that it has, but for some settings.
   *
   * @param but settings that are left open
   */
  static RecognitionHints of(ModelSpec spec, Collection<String> but) {
    Map<String, Object> own = ownSection(spec);
    RecognitionHints hints = RecognitionHints.NONE.withClasses(spec.classes());
    if (!but.contains("heads") && own.get("NUM_HEADS") instanceof Integer heads) {
      hints = hints.withHeads(heads);
    }
    if (!but.contains("window") && window(own) instanceof Integer window) {
      hints = hints.withWindow(window);
    }
    if (!but.contains("imageSize")) {
      hints = hints.withImage(spec.imageHeight(), spec.imageWidth());
    }
    if (own.get("NORM_EPS") instanceof Number epsilon) {
      hints = hints.withNormEpsilon(epsilon.doubleValue());
    }
    if (!but.contains("window") && own.get("PRETRAINED_WINDOW_SIZES") instanceof List<?> sides) {
      hints = hints.withPretrainedWindows(sides.stream().map(Integer.class::cast).toList());
    }
    for (Map.Entry<String, Object> entry : own.entrySet()) {
      if (entry.getValue() instanceof String value && !but.contains(setting(entry.getKey()))) {
        hints = hints.withOwn(entry.getKey(), value);
      }
    }
    return hints;
  }

  /**
   * What was said of the file's arrays alone must have been of use when they were found.
   *
   * @param used what was heard, or seen
   * @throws ModelConfigException naming the hint that the file has no use for
   */
  static void requireUsed(RecognitionHints hints, RecognitionHints used, String source) {
    for (ModelFamily family : ModelFamilies.all()) {
      for (String key : family.fileKeys()) {
        String said = hints.own().get(key);
        if (said != null && !said.equals(used.own().get(key))) {
          throw new ModelConfigException(
              "`" + setting(key) + "` is " + shown(said) + ", but among the names that were found for "
                  + source
                  + " (`rename` auto) nothing needs it; leave `" + setting(key) + "` out");
        }
      }
    }
  }

  /** {@code normOrder} for {@code NORM_ORDER}. */
  static String setting(String key) {
    Matcher word = Pattern.compile("_([a-z])").matcher(key.toLowerCase(Locale.ROOT));
    return word.replaceAll(found -> found.group(1).toUpperCase(Locale.ROOT));
  }

  private static @Nullable String text(@Nullable Object value) {
    return value == null ? null : String.valueOf(value);
  }

  private static Map<String, Object> ownSection(ModelSpec spec) {
    return ModelFamilies.of(spec).write(spec.architecture());
  }

  /** The side of the windows, of the largest where stages differ; a list where they are not square. */
  private static @Nullable Object window(Map<String, Object> own) {
    if (own.get("WINDOW_SIZES") instanceof List<?> each) {
      return each.stream().map(Integer.class::cast).max(Integer::compare).orElse(null);
    }
    Object window = own.get("WINDOW_SIZE");
    return window instanceof List<?> sides && Set.copyOf(sides).size() == 1 ? sides.get(0) : window;
  }

  private static void check(
      String setting, @Nullable Object said, @Nullable Object found, String type, String source) {
    if (said == null || said.equals(found)) {
      return;
    }
    String has =
        found == null ? "a " + type + " model has none" : "the model of " + source + " has " + shown(found);
    throw new ModelConfigException(
        "`" + setting + "` is " + shown(said) + ", but " + has + "; leave `" + setting + "` out");
  }

  private static String shown(Object value) {
    return String.valueOf(value).toLowerCase(Locale.ROOT);
  }
}
