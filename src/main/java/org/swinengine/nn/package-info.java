/**
 * Modules: parameters with names, and the operations that use them. A module's parameter paths are the keys of
 * PyTorch's state dicts.
 */
package org.swinengine.nn;
