package org.swinengine.weights;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.swinengine.weights.PickleLimits.PickleException;
import org.swinengine.weights.PickleValues.Global;
import org.swinengine.weights.PickleValues.PickleDict;
import org.swinengine.weights.PickleValues.PickleList;
import org.swinengine.weights.PickleValues.PickleObject;
import org.swinengine.weights.PickleValues.PickleSet;
import org.swinengine.weights.PickleValues.PickleTuple;
import org.swinengine.weights.PickleValues.StorageRef;
import org.swinengine.weights.PickleValues.TensorRef;
import org.swinengine.weights.PickleValues.UnsupportedTensor;

/**
 * Turns values of a pickle into plain Java data that a caller may print, compare and hash: a tree of bounded
 * depth and size. What is shared is copied, so lists that double at each level use up the limit instead of
 * the caller's time; a reference back to an enclosing object becomes a note.
 */
final class InertConversion {
  /** Far more than any checkpoint nests; little enough for recursive methods such as hashCode. */
  static final int MAX_DEPTH = 200;
  static final int MAX_NODES = 1_000_000;
  /** Keys such as tuples can be made to have the same hash, and many of them would make a map slow. */
  private static final int MAX_CONTAINER_KEYS = 1000;
  private static final int MAX_SHOWN = 100;

  private final TorchStorages storages;
  private final PickleLimits limits;
  private final Set<Object> enclosing = Collections.newSetFromMap(new IdentityHashMap<>());
  /** Where the current value stands. Spelled out only for tensors: most values are never named. */
  private final Deque<Object> path = new ArrayDeque<>();
  private int nodes;

  InertConversion(TorchStorages storages, PickleLimits limits) {
    this.storages = storages;
    this.limits = limits;
  }

  /** @param place where the value stands in the checkpoint, for messages */
  Object convert(Object value, Object place) {
    path.addLast(place);
    Object converted = convert(value);
    path.removeLast();
    return converted;
  }

  private String path() {
    return path.stream().map(InertConversion::shorten).collect(Collectors.joining("."));
  }

  private static String shorten(Object place) {
    String text = place.toString();
    return text.length() <= MAX_SHOWN ? text : text.substring(0, MAX_SHOWN) + "…";
  }

  private Object convert(Object value) {
    if (++nodes > MAX_NODES) {
      throw new PickleException("what it holds besides the weights has more than " + MAX_NODES + " parts");
    }
    if (value == null || value instanceof Boolean || value instanceof Number || value instanceof String) {
      return value;
    }
    if (value instanceof byte[]) {
      return value;
    }
    if (value instanceof TensorRef tensor) {
      return storages.array(tensor, path());
    }
    if (value instanceof UnsupportedTensor tensor) {
      return InertObject.named("tensor (" + tensor.reason() + ")");
    }
    if (value instanceof StorageRef storage) {
      return InertObject.named("storage " + storage.key());
    }
    if (value instanceof Global global) {
      return InertObject.named(global.toString());
    }
    return convertContainer(value);
  }

  private Object convertContainer(Object value) {
    if (enclosing.size() >= MAX_DEPTH) {
      throw new PickleException("what it holds besides the weights is nested deeper than " + MAX_DEPTH
          + " levels");
    }
    if (!enclosing.add(value)) {
      return InertObject.named("(a reference to an enclosing object)");
    }
    try {
      if (value instanceof PickleTuple tuple) {
        return list(Arrays.asList(tuple.items));
      } else if (value instanceof PickleList list) {
        return list(list.items);
      } else if (value instanceof PickleSet set) {
        return list(set.items);
      } else if (value instanceof PickleDict dict) {
        return map(dict);
      } else if (value instanceof PickleObject object) {
        return object(object);
      }
      throw new IllegalStateException("no conversion for " + value.getClass());
    } finally {
      enclosing.remove(value);
    }
  }

  private Object object(PickleObject object) {
    Object plain = NumpyValues.decode(object, this::path, limits);
    if (plain != null) {
      return plain;
    }
    return new InertObject(object.className(), list(Arrays.asList(object.arguments.items)),
        list(object.items), map(object.entries), convert(object.state));
  }

  private List<Object> list(List<Object> items) {
    List<Object> list = new ArrayList<>(items.size());
    for (int i = 0; i < items.size(); i++) {
      list.add(convert(items.get(i), i));
    }
    return Collections.unmodifiableList(list);
  }

  private Map<Object, Object> map(PickleDict dict) {
    Map<Object, Object> map = new LinkedHashMap<>();
    int containerKeys = 0;
    for (int i = 0; i < dict.keys.size(); i++) {
      Object key = convert(dict.keys.get(i), i);
      boolean container = key instanceof List || key instanceof Map || key instanceof InertObject;
      if (container && ++containerKeys > MAX_CONTAINER_KEYS) {
        throw new PickleException("a dictionary has more than " + MAX_CONTAINER_KEYS
            + " keys that are tuples");
      }
      Object place = key instanceof String || key instanceof Long ? key : i;
      map.put(key, convert(dict.values.get(i), place));
    }
    return Collections.unmodifiableMap(map);
  }
}
