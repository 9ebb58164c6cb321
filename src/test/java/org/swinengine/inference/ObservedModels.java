package org.swinengine.inference;

import java.util.ArrayList;
import java.util.List;
import org.swinengine.models.ModelSpec;

/** The models that get weights while this is open, for tests of other rooms. */
public final class ObservedModels implements AutoCloseable {
  private final List<ModelSpec> specs = new ArrayList<>();

  public ObservedModels() {
    WeightSource.observe(specs::add);
  }

  /** The one model that got weights. */
  public ModelSpec only() {
    if (specs.size() != 1) {
      throw new AssertionError("models that got weights: " + specs);
    }
    return specs.get(0);
  }

  @Override
  public void close() {
    WeightSource.observe(spec -> {});
  }
}
