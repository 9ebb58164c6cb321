package org.swinengine.weights;

import java.util.List;
import java.util.Map;

/**
 * An object of a class that a checkpoint names and this library does not know: what the file says about it,
 * and nothing else. No class is loaded and no code of the file is run, whatever the name is.
 *
 * @param className module and name, such as {@code argparse.Namespace}
 * @param arguments what the class or function was to be called with
 * @param items what was to be appended to it
 * @param entries what was to be stored in it by key, as for a subclass of dict
 * @param state its attributes or other state; null where it has none
 */
public record InertObject(
    String className, List<Object> arguments, List<Object> items, Map<Object, Object> entries, Object state) {

  static InertObject named(String className) {
    return new InertObject(className, List.of(), List.of(), Map.of(), null);
  }
}
