package org.swinengine.inference;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.swinengine.models.ModelConfigException;
import org.swinengine.models.ModelConfigFile;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.RecognitionHints;
import org.swinengine.models.Yaml;

/**
 * Whether a model is what a user said of it. A hint is for models that only shapes show; beside a file that says its
 * model, or a model that was named, another value would be passed over in silence. Values are compared with those of the
 * model's configuration, which have the same names for all families.
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
    Map<?, ?> model = section(Yaml.load(ModelConfigFile.write(spec), source), "MODEL");
    Map<?, ?> own =
        section(
            model,
            model.keySet().stream()
                .map(String::valueOf)
                .filter(key -> model.get(key) instanceof Map)
                .findFirst()
                .orElse(""));
    String type = spec.architecture().type();
    check("heads", hints.heads(), own.get("NUM_HEADS"), type, source);
    Object windows = own.get("WINDOW_SIZES") instanceof List<?> each ? largest(each) : own.get("WINDOW_SIZE");
    check("window", hints.window(), windows, type, source);
    check("normEpsilon", hints.normEpsilon(), own.get("NORM_EPS"), type, source);
    check("pretrainedWindows", hints.pretrainedWindows(), own.get("PRETRAINED_WINDOW_SIZES"), type, source);
    check("imageSize", hints.imageHeight(), spec.imageHeight(), type, source);
    check("imageSize", hints.imageWidth(), spec.imageWidth(), type, source);
    check("classes", hints.classes(), spec.classes(), type, source);
  }

  private static Map<?, ?> section(Object root, String key) {
    return root instanceof Map<?, ?> map && map.get(key) instanceof Map<?, ?> section ? section : Map.of();
  }

  private static @Nullable Object largest(List<?> windows) {
    return windows.stream().map(Integer.class::cast).max(Integer::compare).orElse(null);
  }

  private static void check(String setting, @Nullable Object said, @Nullable Object found, String type, String source) {
    if (said == null || said.equals(found)) {
      return;
    }
    boolean same =
        found instanceof Collection<?> values
            && !(said instanceof Collection)
            && setting.equals("window")
            && values.stream().allMatch(said::equals);
    if (!same) {
      String has = found == null ? "a " + type + " model has none" : "the model of " + source + " has " + shown(found);
      throw new ModelConfigException(
          "`" + setting + "` is " + shown(said) + ", but " + has + "; leave `" + setting + "` out");
    }
  }

  private static String shown(Object value) {
    return String.valueOf(value).toLowerCase(Locale.ROOT);
  }
}
