package org.swinengine.inference;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;

/**
 * What of the model that a converted file says was not known when it was converted, so that it stays open to
 * whoever knows better.
 *
 * @param dialect of the file that was converted, by which the rest was recognised
 * @param settings such as {@code heads}
 */
record AssumedSettings(String dialect, List<String> settings) {
  private static final ObjectMapper JSON = new ObjectMapper();

  AssumedSettings {
    settings = List.copyOf(settings);
  }

  String toJson() {
    return JSON.createObjectNode().put("dialect", dialect).set("settings", JSON.valueToTree(settings))
        .toString();
  }

  /** @throws CheckpointException if it is no such text */
  static AssumedSettings fromJson(String json, String source) {
    try {
      JsonNode node = JSON.readTree(json);
      List<String> settings = new ArrayList<>();
      node.path("settings").forEach(setting -> settings.add(setting.asText()));
      return new AssumedSettings(node.path("dialect").asText(), settings);
    } catch (JsonProcessingException e) {
      throw new CheckpointException(
          source
              + ": what it says of its model as assumed cannot be read; the file is damaged or was not"
              + " written by this engine");
    }
  }
}
