package org.swinengine.models;

import org.swinengine.weights.Dialect;

/** What a dialect means beyond its names: implementations differ where a configuration says nothing. */
public final class DialectSemantics {
  private DialectSemantics() {}

  /**
   * A model as the implementation runs it whose weights are loaded; what the specification says stays as it
   * is.
   */
  public static ModelSpec apply(ModelSpec spec, Dialect dialect) {
    return spec.withArchitecture(ModelFamilies.of(spec).as(dialect, spec.architecture()));
  }
}
