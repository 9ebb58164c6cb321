package org.swinengine.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.swinengine.weights.ArrayData;
import org.swinengine.weights.InertObject;

/** What a checkpoint holds besides its weights, for people and machines to read. */
final class Extras {
  /** Deeper than this only sizes are told. */
  private static final int DEPTH = 6;

  /** Entries of one list or dictionary that are shown. */
  private static final int ENTRIES = 200;

  private Extras() {}

  /** On one line. */
  static String text(Object value) {
    return value instanceof String text ? text : json(value).toString();
  }

  /** As JSON; arrays by type and shape, objects of unknown classes by name and contents. */
  static JsonNode json(Object value) {
    return json(value, 0);
  }

  private static JsonNode json(Object value, int depth) {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    if (value == null) {
      return nodes.nullNode();
    }
    if (value instanceof Boolean flag) {
      return nodes.booleanNode(flag);
    }
    if (value instanceof Long number) {
      return nodes.numberNode(number);
    }
    if (value instanceof Double number) {
      return Double.isFinite(number) ? nodes.numberNode(number) : nodes.textNode(number.toString());
    }
    if (value instanceof byte[] bytes) {
      return nodes.textNode(bytes.length + " bytes");
    }
    if (value instanceof ArrayData array) {
      return nodes.textNode(array.toString());
    }
    if (value instanceof List<?> list) {
      return depth >= DEPTH ? nodes.textNode("list of " + list.size()) : list(list, depth);
    }
    if (value instanceof Map<?, ?> map) {
      return depth >= DEPTH ? nodes.textNode("dictionary of " + map.size()) : map(map, depth);
    }
    if (value instanceof InertObject object) {
      return object(object, depth);
    }
    return nodes.textNode(value.toString());
  }

  private static ArrayNode list(List<?> list, int depth) {
    ArrayNode node = Json.array();
    list.stream().limit(ENTRIES).forEach(item -> node.add(json(item, depth + 1)));
    if (list.size() > ENTRIES) {
      node.add("… " + (list.size() - ENTRIES) + " more");
    }
    return node;
  }

  private static ObjectNode map(Map<?, ?> map, int depth) {
    ObjectNode node = Json.object();
    map.entrySet().stream()
        .limit(ENTRIES)
        .forEach(entry -> node.set(String.valueOf(entry.getKey()), json(entry.getValue(), depth + 1)));
    if (map.size() > ENTRIES) {
      node.put("…", (map.size() - ENTRIES) + " more");
    }
    return node;
  }

  private static JsonNode object(InertObject object, int depth) {
    ObjectNode node = Json.object().put("class", object.className());
    if (depth >= DEPTH) {
      return node;
    }
    for (Object[] part : Arrays.asList(
        new Object[] {"arguments", object.arguments()},
        new Object[] {"items", object.items()},
        new Object[] {"entries", object.entries()},
        new Object[] {"state", object.state()})) {
      boolean empty =
          part[1] == null
              || part[1] instanceof List<?> list && list.isEmpty()
              || part[1] instanceof Map<?, ?> map && map.isEmpty();
      if (!empty) {
        node.set((String) part[0], json(part[1], depth + 1));
      }
    }
    return node;
  }
}
