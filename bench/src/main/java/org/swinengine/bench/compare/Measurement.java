package org.swinengine.bench.compare;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.OptionalDouble;

/**
 * What one process measured; a line of the file of raw results.
 *
 * @param machine where, in words; figures of different machines never meet in a ratio
 * @param what which comparison: {@code rows}, {@code predict} …
 * @param item which of its rows
 * @param registers {@code native} or {@code 16}
 * @param peer who: {@code ours-17}, {@code eager} …
 * @param round which turn, from 1
 * @param result the figures, and what the process printed about itself
 */
record Measurement(
    String machine, String what, String item, String registers, String peer, int round, ObjectNode result) {
  /** What may not be measured twice. */
  String key() {
    return String.join("|", machine, what, item, registers, peer, Integer.toString(round));
  }

  OptionalDouble figure(String name) {
    return result.path(name).isNumber()
        ? OptionalDouble.of(result.get(name).asDouble())
        : OptionalDouble.empty();
  }

  ObjectNode toJson() {
    ObjectNode node = Results.JSON.createObjectNode();
    node.put("machine", machine).put("what", what).put("item", item).put("registers", registers);
    node.put("peer", peer).put("round", round).set("result", result);
    return node;
  }

  static Measurement of(ObjectNode node) {
    return new Measurement(
        node.path("machine").asText(), node.path("what").asText(), node.path("item").asText(),
        node.path("registers").asText(), node.path("peer").asText(), node.path("round").asInt(),
        (ObjectNode) node.get("result"));
  }
}
