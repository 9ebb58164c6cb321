package org.swinengine.nn;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.swinengine.autograd.Initializer;
import org.swinengine.autograd.Parameter;
import org.swinengine.backend.Backend;
import org.swinengine.tensor.Shape;

/**
 * A part of a model: parameters and further modules under names, in the order in which they were added. The
 * path of a parameter is the names from the root to it, joined by dots: {@code
 * layers.0.blocks.1.attn.qkv.weight}, the key that PyTorch's state dict has for it.
 */
public abstract class Module {
  private final Map<String, Module> children = new LinkedHashMap<>();
  private final Map<String, Parameter> parameters = new LinkedHashMap<>();
  private String path = "";
  private boolean isPart;

  /**
   * Adds a part and gives it, and all that it holds, its path.
   *
   * @param name its name here; with dots for a path, such as {@code layers.0}
   * @throws IllegalArgumentException if the name is empty or taken, or the part stands in a model already
   */
  protected final <M extends Module> M add(String name, M module) {
    Module part = module; // private members are not a type variable's
    requireFree(name);
    if (part.isPart || part == this) {
      throw new IllegalArgumentException(
          "the module for '" + start() + name + "' is already a part, '" + part.path
              + "'; a module stands in one place: make another, or call the one from both");
    }
    part.isPart = true;
    children.put(name, part);
    part.name(start() + name);
    return module;
  }

  /**
   * Adds a parameter.
   *
   * @param name its name here, as in {@link #add}
   * @param decay whether weight decay applies to it
   * @throws IllegalArgumentException if the name is empty or taken
   */
  protected final Parameter parameter(String name, Shape shape, Initializer initializer, boolean decay) {
    requireFree(name);
    Parameter parameter = new Parameter(shape, initializer, decay);
    parameter.setPath(start() + name);
    parameters.put(name, parameter);
    return parameter;
  }

  private void requireFree(String name) {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("a part or parameter of '" + path + "' has an empty name");
    }
    if (children.containsKey(name) || parameters.containsKey(name)) {
      throw new IllegalArgumentException(
          "there is a part or parameter of the name '" + start() + name
              + "' already; give each a name of its own");
    }
  }

  /** Where this module stands in its model, e.g. {@code layers.0.blocks.1}; empty for the root. */
  public final String path() {
    return path;
  }

  private String start() {
    return path.isEmpty() ? "" : path + ".";
  }

  private void name(String place) {
    path = place;
    String start = start();
    parameters.forEach((name, parameter) -> parameter.setPath(start + name));
    children.forEach((name, child) -> child.name(start + name));
  }

  /** All parameters of this module and its parts, each module's own before its parts'. */
  public final List<Parameter> parameters() {
    List<Parameter> all = new ArrayList<>();
    collect(all);
    return all;
  }

  /**
   * Throws unless the device can compute this module and its parts, so that nothing has to run to find out.
   *
   * @throws IllegalArgumentException which says what it cannot compute, and what would help
   */
  public final void requireComputableOn(Backend backend) {
    requireOwnComputableOn(backend);
    children.values().forEach(child -> child.requireComputableOn(backend));
  }

  /** {@link #requireComputableOn} of what this module computes without its parts; nothing as a rule. */
  protected void requireOwnComputableOn(Backend backend) {}

  /** Calls {@code visit} with each part of this module, parts of parts among them, in their order. */
  final void forEachPart(Consumer<Module> visit) {
    children.values().forEach(child -> {
      visit.accept(child);
      child.forEachPart(visit);
    });
  }

  private void collect(List<Parameter> all) {
    all.addAll(parameters.values());
    children.values().forEach(child -> child.collect(all));
  }
}
