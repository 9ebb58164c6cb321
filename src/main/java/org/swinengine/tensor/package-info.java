/** Tensors: a buffer, an offset, a shape and a type; and the scopes that own them. */
@NullMarked
package org.swinengine.tensor;

import org.jspecify.annotations.NullMarked;
