package org.swinengine.weights;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Names and arrays in the order of the file, as PyTorch's {@code state_dict()}, plus what else the file held.
 * Immutable. Arrays are read from the file when they are asked for; there is nothing to close.
 */
public final class StateDict {
  private final Map<String, ArrayData> arrays;
  private final Map<String, String> metadata;
  private final Map<Object, Object> extras;
  private final List<String> calls;

  private StateDict(Builder builder) {
    arrays = Collections.unmodifiableMap(builder.arrays);
    metadata = Collections.unmodifiableMap(builder.metadata);
    extras = Collections.unmodifiableMap(builder.extras);
    calls = builder.calls;
  }

  public static Builder builder() {
    return new Builder();
  }

  /** @throws WeightFileException when there is no array of that name; the message says what there is */
  public ArrayData get(String name) {
    ArrayData array = arrays.get(name);
    if (array == null) {
      throw new WeightFileException("There is no array " + Text.quote(name) + " among the " + size()
          + " of this state dict" + examples(arrays.keySet()) + ".");
    }
    return array;
  }

  private static String examples(Collection<String> names) {
    List<String> first = names.stream().limit(3).map(Text::quote).toList();
    return first.isEmpty() ? "" : ", such as " + String.join(", ", first);
  }

  public boolean contains(String name) {
    return arrays.containsKey(name);
  }

  /** The names, in order. */
  public Set<String> names() {
    return arrays.keySet();
  }

  public int size() {
    return arrays.size();
  }

  /** Names and arrays, in order. */
  public Map<String, ArrayData> arrays() {
    return arrays;
  }

  /** The "__metadata__" of a safetensors file; empty for other formats. */
  public Map<String, String> metadata() {
    return metadata;
  }

  /**
   * The rest of a PyTorch checkpoint (epoch, optimizer, arguments …) as inert data. Values are null, Boolean,
   * Long, {@link java.math.BigInteger}, Double, String, byte[], {@link List} (lists, tuples and sets),
   * {@link Map}, {@link ArrayData} and, for anything else, {@link InertObject}; finite and without cycles.
   */
  public Map<Object, Object> extras() {
    return extras;
  }

  /**
   * What a PyTorch checkpoint would have called in Python, classes and functions by name with their first
   * arguments, but for those that tensors and plain data are made by. Nothing of it has been called.
   */
  public List<String> calls() {
    return calls;
  }

  /**
   * The same with its floating-point arrays as another type, rounded to the nearest when they are read.
   *
   * @param type F32, F16 or BF16
   */
  public StateDict as(ElementType type) {
    Builder builder = builder().metadata(metadata);
    arrays.forEach((name, array) -> builder.put(name, ArrayParts.as(array, type)));
    extras.forEach(builder::extra);
    return builder.build();
  }

  /** Collects a state dict. */
  public static final class Builder {
    private Map<String, ArrayData> arrays = new LinkedHashMap<>();
    private Map<String, String> metadata = new LinkedHashMap<>();
    private Map<Object, Object> extras = new LinkedHashMap<>();
    private List<String> calls = List.of();

    private Builder() {}

    /** @throws IllegalArgumentException when the name is taken */
    public Builder put(String name, ArrayData array) {
      if (arrays.putIfAbsent(name, array) != null) {
        throw new IllegalArgumentException("The state dict already has an array " + Text.quote(name) + ".");
      }
      return this;
    }

    boolean contains(String name) {
      return arrays.containsKey(name);
    }

    public Builder metadata(String key, String value) {
      metadata.put(key, value);
      return this;
    }

    public Builder metadata(Map<String, String> entries) {
      metadata.putAll(entries);
      return this;
    }

    Builder extra(Object key, Object value) {
      extras.put(key, value);
      return this;
    }

    Builder calls(List<String> noted) {
      calls = List.copyOf(noted);
      return this;
    }

    /** What was collected; the builder is empty afterwards. */
    public StateDict build() {
      StateDict built = new StateDict(this);
      // Handed over without a copy: there may be a million of them.
      arrays = new LinkedHashMap<>();
      metadata = new LinkedHashMap<>();
      extras = new LinkedHashMap<>();
      return built;
    }
  }
}
