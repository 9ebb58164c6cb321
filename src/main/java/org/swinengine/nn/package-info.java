/**
 * Modules: parameters with names, and the operations that use them. A module's parameter paths are the keys
 * of PyTorch's state dicts.
 */
@NullMarked
package org.swinengine.nn;

import org.jspecify.annotations.NullMarked;
