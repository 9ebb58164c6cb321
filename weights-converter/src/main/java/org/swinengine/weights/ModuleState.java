package org.swinengine.weights;

import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import org.swinengine.weights.PickleLimits.PickleException;
import org.swinengine.weights.PickleValues.PickleDict;
import org.swinengine.weights.PickleValues.PickleObject;
import org.swinengine.weights.PickleValues.PickleSet;
import org.swinengine.weights.PickleValues.PickleTuple;
import org.swinengine.weights.PickleValues.TensorRef;
import org.swinengine.weights.PickleValues.UnsupportedTensor;

/**
 * What {@code module.state_dict()} would give, from a whole module that was saved: {@code torch.save(model)},
 * whose modules hold {@code _parameters}, {@code _buffers} and {@code _modules}, or {@code torch.jit.save},
 * whose modules hold them as attributes. The module's class is never looked up.
 */
final class ModuleState {
  private static final int MAX_DEPTH = 64;

  /** Modules looked at; shared ones count each time. */
  private static final int MAX_MODULES = 100_000;

  private static final String SCRIPT = "__torch__.";

  private final Map<Object, PickleDict> known = new IdentityHashMap<>();
  private final PickleLimits limits;

  ModuleState(PickleLimits limits) {
    this.limits = limits;
  }

  /** The tensors of a module under dotted names; null for anything else. */
  PickleDict of(Object value) {
    if (!(value instanceof PickleObject object) || !isModule(object)) {
      return null;
    }
    PickleDict done = known.get(object);
    if (done == null) {
      done = new PickleDict();
      new Walk(done, limits).module(object, "", 0);
      known.put(object, done);
    }
    return done;
  }

  private static boolean isModule(PickleObject object) {
    return isScript(object)
        || get(object.state, "_parameters") instanceof PickleDict
            && get(object.state, "_modules") instanceof PickleDict;
  }

  private static boolean isScript(PickleObject object) {
    return object.state instanceof PickleDict && object.className().startsWith(SCRIPT);
  }

  private static Object get(Object dict, String key) {
    if (!(dict instanceof PickleDict entries)) {
      return null;
    }
    int index = entries.keys.lastIndexOf(key);
    return index < 0 ? null : entries.values.get(index);
  }

  /**
   * A parameter's tensor. Until 0.3 a parameter was a variable whose state begins with the tensor, and the
   * gradient comes later.
   */
  private static Object tensor(Object value) {
    if (value instanceof PickleObject object
        && object.className()
            .matches("torch\\.(nn\\.parameter\\.Parameter|autograd\\.variable\\.Variable)")) {
      Object[] state = object.state instanceof PickleTuple tuple ? tuple.items : object.arguments.items;
      return state.length > 0 && state[0] instanceof TensorRef ? state[0] : null;
    }
    return value instanceof TensorRef || value instanceof UnsupportedTensor ? value : null;
  }

  private static final class Walk {
    private final PickleDict target;
    private final Set<Object> enclosing = Collections.newSetFromMap(new IdentityHashMap<>());
    private final PickleLimits limits;
    private int modules;

    Walk(PickleDict target, PickleLimits limits) {
      this.target = target;
      this.limits = limits;
    }

    void module(PickleObject module, String prefix, int depth) {
      if (depth > MAX_DEPTH || ++modules > MAX_MODULES) {
        throw new PickleException(
            "its modules are nested deeper than " + MAX_DEPTH + " levels, or more than " + MAX_MODULES);
      }
      if (!enclosing.add(module)) {
        throw new PickleException("the module " + Text.quote(prefix) + " contains itself");
      }
      if (isScript(module)) {
        PickleDict attributes = (PickleDict) module.state;
        tensors(attributes, null, prefix);
        children(attributes, prefix, depth);
      } else {
        tensors(get(module.state, "_parameters"), null, prefix);
        tensors(get(module.state, "_buffers"), get(module.state, "_non_persistent_buffers_set"), prefix);
        children(get(module.state, "_modules"), prefix, depth);
      }
      enclosing.remove(module);
    }

    private void tensors(Object entries, Object left, String prefix) {
      Set<String> skipped = new HashSet<>();
      if (left instanceof PickleSet set) {
        limits.countValues(set.items.size());
        set.items.stream().filter(String.class::isInstance).forEach(name -> skipped.add((String) name));
      }
      if (entries instanceof PickleDict dict) {
        limits.countValues(dict.keys.size());
        for (int i = 0; i < dict.keys.size(); i++) {
          Object tensor = tensor(dict.values.get(i));
          if (tensor != null && !skipped.contains(dict.keys.get(i))
              && dict.keys.get(i) instanceof String name) {
            target.put(prefix + name, tensor);
          }
        }
      }
    }

    private void children(Object entries, String prefix, int depth) {
      if (entries instanceof PickleDict dict) {
        limits.countValues(dict.keys.size());
        for (int i = 0; i < dict.keys.size(); i++) {
          boolean module = dict.values.get(i) instanceof PickleObject object && isModule(object);
          if (module && dict.keys.get(i) instanceof String name) {
            module((PickleObject) dict.values.get(i), prefix + name + ".", depth + 1);
          }
        }
      }
    }
  }
}
