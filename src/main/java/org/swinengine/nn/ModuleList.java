package org.swinengine.nn;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Modules named 0, 1, 2, … like PyTorch's {@code nn.ModuleList}. */
public final class ModuleList<M extends Module> extends Module implements Iterable<M> {
  private final List<M> modules = new ArrayList<>();

  /** Adds a module after the others. */
  public void append(M module) {
    modules.add(add(Integer.toString(modules.size()), module));
  }

  @Override
  public Iterator<M> iterator() {
    return modules.iterator();
  }
}
