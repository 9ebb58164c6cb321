package org.swinengine.inference;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.DoublePredicate;

/**
 * What a repository's configuration says that cannot be, such as a standard deviation of 0. It is passed
 * over, and said.
 */
final class ImpossibleValues {
  private static final Rule POSITIVE = new Rule("a number above 0", value -> value > 0 && value < 1e18);
  private static final Rule FINITE = new Rule("a finite number", Double::isFinite);
  private static final Rule SHARE = new Rule("above 0 and at most 1", value -> value > 0 && value <= 1);

  /** By JSON pointer; a list or an object has values of the kind. */
  private static final Map<String, Rule> RULES =
      Map.ofEntries(
          Map.entry("/pretrained_cfg/mean", FINITE),
          Map.entry("/pretrained_cfg/std", POSITIVE),
          Map.entry("/pretrained_cfg/crop_pct", SHARE),
          Map.entry("/pretrained_cfg/input_size", POSITIVE),
          Map.entry("/image_mean", FINITE),
          Map.entry("/image_std", POSITIVE),
          Map.entry("/rescale_factor", POSITIVE),
          Map.entry("/size", POSITIVE),
          Map.entry("/crop_size", POSITIVE),
          Map.entry("/image_size", POSITIVE),
          Map.entry("/window_size", POSITIVE),
          Map.entry("/num_attention_heads", POSITIVE),
          Map.entry("/layer_norm_eps", POSITIVE));

  private record Rule(String must, DoublePredicate holds) {
    boolean allows(JsonNode node) {
      if (node.isContainerNode()) {
        for (JsonNode part : node) {
          if (!allows(part)) {
            return false;
          }
        }
        return true;
      }
      // Flags and texts are something else that is not understood.
      return !node.isNumber() || holds.test(node.asDouble());
    }
  }

  private ImpossibleValues() {}

  /** In sentences without the file's name. */
  static List<String> of(JsonNode config) {
    List<String> sentences = new ArrayList<>();
    new TreeMap<>(RULES)
        .forEach(
            (pointer, rule) -> {
              if (!rule.allows(config.at(pointer))) {
                sentences.add(
                    pointer.substring(1).replace('/', '.') + " is " + shown(config.at(pointer))
                        + ", but must be " + rule.must + "; it is passed over");
              }
            });
    return sentences;
  }

  private static String shown(JsonNode value) {
    String text = value.toString().replace("\"", "");
    return text.length() <= 80 ? text : text.substring(0, 80) + "…";
  }
}
