package org.swinengine.weights;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.swinengine.weights.PickleLimits.PickleException;
import org.swinengine.weights.PickleValues.Global;
import org.swinengine.weights.PickleValues.PickleDict;
import org.swinengine.weights.PickleValues.PickleList;
import org.swinengine.weights.PickleValues.PickleObject;
import org.swinengine.weights.PickleValues.PickleSet;
import org.swinengine.weights.PickleValues.PickleTuple;

/** The calls whose result is plain data. Every other call becomes a {@link PickleObject}. */
final class PickleConstructors implements PickleMachine.Caller {
  private final PickleLimits limits;

  PickleConstructors(PickleLimits limits) {
    this.limits = limits;
  }

  @Override
  public Object call(Object callable, PickleTuple arguments) {
    Object made = callable instanceof Global global ? construct(global, arguments.items) : null;
    if (made != null) {
      return made;
    }
    PickleObject noted = new PickleObject(callable, arguments);
    limits.noteCall(noted);
    return noted;
  }

  private Object construct(Global global, Object[] arguments) {
    return switch (global.module()) {
      case "collections" -> switch (global.name()) {
        case "OrderedDict", "Counter" -> dict(arguments, 0);
        case "defaultdict" -> dict(arguments, 1);
        default -> null;
      };
      case "builtins", "__builtin__" -> switch (global.name()) {
        case "set", "frozenset" -> set(arguments);
        case "list" -> list(arguments);
        case "dict" -> dict(arguments, 0);
        default -> null;
      };
      case "torch" -> global.name().equals("Size") ? list(arguments) : null;
      case "_codecs" -> global.name().equals("encode") ? encode(arguments) : null;
      default -> TensorConstructors.construct(global, arguments);
    };
  }

  /**
   * A dictionary from nothing, from another one, or from a list of pairs (as Python 2 saved an OrderedDict).
   */
  private Object dict(Object[] arguments, int skipped) {
    PickleDict dict = new PickleDict();
    if (arguments.length <= skipped) {
      return dict;
    }
    if (arguments.length > skipped + 1) {
      return null;
    }
    if (arguments[skipped] instanceof PickleDict other) {
      limits.countValues(other.keys.size());
      dict.keys.addAll(other.keys);
      dict.values.addAll(other.values);
      return dict;
    }
    List<Object> pairs = items(arguments[skipped]);
    if (pairs == null) {
      return null;
    }
    limits.countValues(pairs.size());
    for (Object pair : pairs) {
      List<Object> two = items(pair);
      if (two == null || two.size() != 2) {
        throw new PickleException("a dictionary is made of something other than pairs");
      }
      dict.put(two.get(0), two.get(1));
    }
    return dict;
  }

  private Object list(Object[] arguments) {
    PickleList list = new PickleList();
    return copyInto(arguments, list.items) ? list : null;
  }

  private Object set(Object[] arguments) {
    PickleSet set = new PickleSet();
    return copyInto(arguments, set.items) ? set : null;
  }

  private boolean copyInto(Object[] arguments, List<Object> target) {
    List<Object> source = switch (arguments.length) {
      case 0 -> List.of();
      case 1 -> items(arguments[0]);
      default -> null;
    };
    if (source == null) {
      return false;
    }
    limits.countValues(source.size());
    target.addAll(source);
    return true;
  }

  private static List<Object> items(Object value) {
    if (value instanceof PickleList list) {
      return list.items;
    }
    return value instanceof PickleTuple tuple ? Arrays.asList(tuple.items) : null;
  }

  /** How Python 3 pickles bytes under protocol 2: as text of the characters 0 to 255. */
  private Object encode(Object[] arguments) {
    boolean latin1 = arguments.length == 2 && arguments[0] instanceof String && "latin1".equals(arguments[1]);
    if (!latin1) {
      return null;
    }
    String text = (String) arguments[0];
    limits.countCopiedBytes(text.length());
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
