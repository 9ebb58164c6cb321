package org.swinengine.nn;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.swinengine.autograd.Initializer;
import org.swinengine.autograd.Parameter;
import org.swinengine.tensor.Shape;

/**
 * A part of a model: parameters and further modules under names, in the order in which they were added. The path of a
 * parameter is the names from the root to it, joined by dots: {@code layers.0.blocks.1.attn.qkv.weight}, the key that
 * PyTorch's state dict has for it.
 */
public abstract class Module {
  private final Map<String, Module> children = new LinkedHashMap<>();
  private final Map<String, Parameter> parameters = new LinkedHashMap<>();
  private String path = "";

  /** Adds a part. */
  protected final <M extends Module> M add(String name, M module) {
    children.put(name, module);
    return module;
  }

  /**
   * Adds a parameter.
   *
   * @param decay whether weight decay applies to it
   */
  protected final Parameter parameter(String name, Shape shape, Initializer initializer, boolean decay) {
    Parameter parameter = new Parameter(shape, initializer, decay);
    parameters.put(name, parameter);
    return parameter;
  }

  /** Where this module stands in its model, e.g. {@code layers.0.blocks.1}; empty for the root. */
  public final String path() {
    return path;
  }

  /** Gives this module, as the root, and all its parts their paths. */
  public final void nameAll() {
    name("");
  }

  private void name(String prefix) {
    path = prefix;
    String start = prefix.isEmpty() ? "" : prefix + ".";
    parameters.forEach((name, parameter) -> parameter.setPath(start + name));
    children.forEach((name, child) -> child.name(start + name));
  }

  /** All parameters of this module and its parts, each module's own before its parts'. */
  public final List<Parameter> parameters() {
    List<Parameter> all = new ArrayList<>();
    collect(all);
    return all;
  }

  private void collect(List<Parameter> all) {
    all.addAll(parameters.values());
    children.values().forEach(child -> child.collect(all));
  }
}
