package org.swinengine.weights;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.swinengine.weights.PickleLimits.PickleException;
import org.swinengine.weights.PickleValues.PickleDict;
import org.swinengine.weights.PickleValues.PickleList;
import org.swinengine.weights.PickleValues.PickleObject;
import org.swinengine.weights.PickleValues.PickleTuple;
import org.swinengine.weights.PickleValues.TensorRef;
import org.swinengine.weights.PickleValues.UnsupportedTensor;

/** Finds the state dict in what a checkpoint holds; the rest becomes extras. */
final class CheckpointLayout {
  /** Where training scripts put the state dict. The trained weights come before their moving average. */
  private static final List<String> KEYS = List.of("model", "state_dict", "model_state_dict", "module", "net",
      "network", "weights", "params", "model_ema", "state_dict_ema", "ema", "teacher", "student");
  private static final Pattern AVERAGE = Pattern.compile("(?i).*(ema|average|teacher|swa).*");
  private static final int MAX_NAME = 4096;
  private static final int MAX_NESTING = 32;
  /** Entries looked at: dictionaries that share their parts are larger to walk through than to store. */
  private static final int MAX_STEPS = 4_000_000;

  private final Path file;
  private final TorchStorages storages;
  private final InertConversion inert;
  private final StateDict.Builder dict = StateDict.builder();
  private final ModuleState modules;
  private final PickleLimits limits;
  private int steps;

  CheckpointLayout(Path file, TorchStorages storages, PickleLimits limits) {
    this.file = file;
    this.storages = storages;
    this.limits = limits;
    inert = new InertConversion(storages, limits);
    modules = new ModuleState(limits);
  }

  /** @param wanted the key that holds the state dict; null to look for it */
  StateDict find(Object root, String wanted) {
    dict.calls(limits.calls());
    if (root instanceof TensorRef tensor && wanted == null) {
      return dict.put("tensor", storages.array(tensor, "tensor")).build();
    }
    PickleDict entries = entries(root);
    if (entries == null && wanted == null && isListOfTensors(root)) {
      putItems("", items(root));
      return dict.build();
    }
    if (entries == null) {
      throw WeightFileException.in(file, noStateDict(root));
    }
    if (root instanceof PickleObject module && module.entries != entries) {
      dict.extra("module", inert.convert(root, "module"));
    }
    int chosen = choose(entries, wanted);
    if (chosen >= 0) {
      PickleDict rest = collect(entries(entries.values.get(chosen)), "", 0);
      if (!rest.keys.isEmpty()) {
        dict.extra(entries.keys.get(chosen), inert.convert(rest, (String) entries.keys.get(chosen)));
      }
    }
    PickleDict rest = chosen < 0 ? collect(entries, "", 0) : entries;
    for (int i = 0; i < rest.keys.size(); i++) {
      if (rest != entries || i != chosen) {
        Object key = inert.convert(rest.keys.get(i), "key " + i);
        dict.extra(key, inert.convert(rest.values.get(i), key instanceof String ? key : i));
      }
    }
    return dict.build();
  }

  private int choose(PickleDict entries, String wanted) {
    if (wanted != null) {
      int index = entries.keys.lastIndexOf(wanted);
      if (index < 0 || entries(entries.values.get(index)) == null) {
        throw WeightFileException.in(file, "the checkpoint has no state dict under " + Text.quote(wanted)
            + "; it has " + keysOf(entries) + ".");
      }
      return index;
    }
    for (String key : KEYS) {
      int index = entries.keys.lastIndexOf(key);
      if (index >= 0 && holdsTensors(entries(entries.values.get(index)), 0)) {
        return index;
      }
    }
    return onlyStateDict(entries);
  }

  /**
   * The entry that is the state dict, under whatever key, beside others that hold no tensors. Several with
   * the same names are one model's, as trained and as moving averages: the first that is not called an
   * average. −1 if there is none, or they are a model's parts side by side. A state dict has names with dots,
   * a part of a nested one does not.
   */
  private int onlyStateDict(PickleDict entries) {
    int chosen = -1;
    PickleDict first = null;
    for (int i = 0; i < entries.keys.size(); i++) {
      if (isTensor(entries.values.get(i))) {
        return -1;
      }
      PickleDict inner = entries(entries.values.get(i));
      if (entries.keys.get(i) instanceof String key && holdsTextKeysOnly(inner) && holdsTensors(inner, 0)) {
        if (!hasNamesWithDots(inner) || first != null && !first.keys.equals(inner.keys)) {
          return -1;
        }
        boolean average = AVERAGE.matcher(key).matches();
        if (first == null || !average && AVERAGE.matcher((String) entries.keys.get(chosen)).matches()) {
          chosen = i;
        }
        first = inner;
      }
    }
    return chosen;
  }

  private static boolean hasNamesWithDots(PickleDict entries) {
    for (int i = 0; i < entries.keys.size(); i++) {
      if (isTensor(entries.values.get(i)) && ((String) entries.keys.get(i)).contains(".")) {
        return true;
      }
    }
    return false;
  }

  private boolean holdsTensors(PickleDict entries, int depth) {
    if (entries == null || depth == 2) {
      return false;
    }
    countSteps(entries);
    return entries.values.stream()
        .anyMatch(
            value -> isTensor(value) || isListOfTensors(value) || holdsTensors(entries(value), depth + 1));
  }

  /**
   * Puts every tensor under a text key into the state dict, nested dictionaries with their keys joined by
   * dots as modules are, lists and tuples of tensors with their numbers, and returns what is left at the top.
   */
  private PickleDict collect(PickleDict entries, String prefix, int depth) {
    if (depth > MAX_NESTING) {
      throw new PickleException("its state dict is nested deeper than " + MAX_NESTING + " levels");
    }
    countSteps(entries);
    PickleDict rest = new PickleDict();
    for (int i = 0; i < entries.keys.size(); i++) {
      Object key = entries.keys.get(i);
      Object value = entries.values.get(i);
      if (!(key instanceof String name)) {
        rest.put(key, value);
      } else if (isTensor(value)) {
        putTensor(prefix + name, value);
      } else if (isListOfTensors(value)) {
        // As a ParameterList has its own; also how a quantised layer packs weight and bias.
        putItems(prefix + name + ".", items(value));
      } else if (holdsTensors(entries(value), 0) && holdsTextKeysOnly(entries(value))) {
        PickleDict inner = collect(entries(value), prefix + name + ".", depth + 1);
        if (!inner.keys.isEmpty()) {
          rest.put(key, inner);
        }
      } else {
        rest.put(key, value);
      }
    }
    return rest;
  }

  private void countSteps(PickleDict entries) {
    steps += entries.keys.size();
    if (steps < 0 || steps > MAX_STEPS) {
      throw new PickleException("its dictionaries have more than " + MAX_STEPS + " entries in all");
    }
  }

  private void putItems(String prefix, List<Object> items) {
    steps += items.size();
    for (int i = 0; i < items.size(); i++) {
      if (items.get(i) != null) {
        putTensor(prefix + i, items.get(i));
      }
    }
  }

  /** Whether a list or tuple holds tensors that can be read, and nothing else but None. */
  private static boolean isListOfTensors(Object value) {
    List<Object> items = items(value);
    return items.stream().anyMatch(TensorRef.class::isInstance)
        && items.stream().allMatch(item -> item == null || item instanceof TensorRef);
  }

  private static List<Object> items(Object value) {
    if (value instanceof PickleList list) {
      return list.items;
    }
    return value instanceof PickleTuple tuple ? Arrays.asList(tuple.items) : List.of();
  }

  private void putTensor(String name, Object tensor) {
    String label = "tensor " + Text.quote(name);
    if (name.length() > MAX_NAME) {
      throw WeightFileException.in(file, label + " has a name longer than " + MAX_NAME
          + " characters; this is no checkpoint of a model.");
    }
    if (dict.contains(name)) {
      throw WeightFileException.in(file, label + " is there twice; the file is damaged or made to deceive.");
    }
    if (tensor instanceof UnsupportedTensor unsupported) {
      throw WeightFileException.in(file, label + " cannot be read: " + unsupported.reason() + ".");
    }
    dict.put(name, storages.array((TensorRef) tensor, name));
  }

  private static boolean isTensor(Object value) {
    return value instanceof TensorRef || value instanceof UnsupportedTensor;
  }

  private static boolean holdsTextKeysOnly(PickleDict entries) {
    return entries != null && entries.keys.stream().allMatch(String.class::isInstance);
  }

  /** A dictionary, an object of an unknown subclass of one, or a module's tensors; null for anything else. */
  private PickleDict entries(Object value) {
    if (value instanceof PickleDict dict) {
      return dict;
    }
    PickleDict module = modules.of(value);
    if (module != null) {
      return module;
    }
    return value instanceof PickleObject object && !object.entries.keys.isEmpty() ? object.entries : null;
  }

  private static String keysOf(PickleDict entries) {
    List<String> keys = new ArrayList<>();
    for (Object key : entries.keys.subList(0, Math.min(20, entries.keys.size()))) {
      keys.add(key instanceof String text ? Text.quote(text) : "a key that is no text");
    }
    return keys.isEmpty() ? "no keys" : "the keys " + String.join(", ", keys);
  }

  private static String noStateDict(Object root) {
    if (root instanceof PickleObject object) {
      return "the checkpoint is a whole object of the class " + Text.quote(object.className())
          + ", which holds no parameters where modules have them. In PyTorch, save model.state_dict().";
    }
    return "the checkpoint holds no state dict" + (root instanceof PickleList ? " but a list" : "")
        + ". In PyTorch, save model.state_dict().";
  }
}
