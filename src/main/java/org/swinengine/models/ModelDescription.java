package org.swinengine.models;

import java.util.Map;

/**
 * What a configuration file says about a model.
 *
 * @param type {@code MODEL.TYPE}, a family's
 * @param image {height, width} in pixels
 * @param classes number of classes
 * @param own the keys of the architecture's own section
 */
public record ModelDescription(String type, int[] image, int classes, Map<String, Object> own) {
  /** A name for a model that has none, such as {@code vit_dim128_patch4_32}. */
  String ownName() {
    return type + part("_dim", "EMBED_DIM") + part("_patch", "PATCH_SIZE") + part("_window", "WINDOW_SIZE")
        + "_"
        + image[0];
  }

  private String part(String before, String key) {
    return own.containsKey(key) ? before + own.get(key) : "";
  }

  /** As YAML in the original repository's format. */
  String yaml(String name) {
    StringBuilder text = new StringBuilder();
    text.append("DATA:\n  IMG_SIZE: ");
    text.append(image[0] == image[1] ? "" + image[0] : "[" + image[0] + ", " + image[1] + "]");
    text.append("\nMODEL:\n  TYPE: ").append(type);
    text.append("\n  NAME: ").append(name);
    text.append("\n  NUM_CLASSES: ").append(classes);
    text.append("\n  ").append(ModelFamilies.find(type).orElseThrow().section()).append(":\n");
    own.forEach((key, value) -> text.append("    ").append(key).append(": ").append(value).append('\n'));
    return text.toString();
  }
}
