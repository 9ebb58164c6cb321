package org.swinengine.nn;

/** PyTorch's {@code nn.Identity}: it has no parameters, and holds a place in a {@link ModuleList}. */
public final class Identity extends Module {}
