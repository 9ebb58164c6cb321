package org.swinengine.models;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a configuration file says about a model.
 *
 * @param type {@code MODEL.TYPE}
 * @param section the name of the architecture's own section
 * @param image {height, width}
 * @param classes number of classes
 * @param own the keys of the architecture's own section
 */
record ModelDescription(String type, String section, int[] image, int classes, Map<String, Object> own) {
  /** A name for a model that has none, such as {@code vit_dim128_patch4_32}. */
  String ownName() {
    Object window = own.get("WINDOW_SIZE");
    return type + "_dim" + own.get("EMBED_DIM") + "_patch" + own.get("PATCH_SIZE")
        + (window == null ? "" : "_window" + window) + "_" + image[0];
  }

  /** As YAML in the original repository's format. */
  String yaml(String name) {
    StringBuilder text = new StringBuilder();
    text.append("DATA:\n  IMG_SIZE: ");
    text.append(image[0] == image[1] ? "" + image[0] : "[" + image[0] + ", " + image[1] + "]");
    text.append("\nMODEL:\n  TYPE: ").append(type);
    text.append("\n  NAME: ").append(name);
    text.append("\n  NUM_CLASSES: ").append(classes);
    text.append("\n  ").append(section).append(":\n");
    own.forEach((key, value) -> text.append("    ").append(key).append(": ").append(value).append('\n'));
    return text.toString();
  }

  /** The same with another value of the architecture's own section. */
  ModelDescription with(String key, Object value) {
    Map<String, Object> changed = new LinkedHashMap<>(own);
    changed.put(key, value);
    return new ModelDescription(type, section, image, classes, changed);
  }
}
