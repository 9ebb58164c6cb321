/** The contract of a backend: buffers, and an interface for each kernel family. */
@NullMarked
package org.swinengine.backend;

import org.jspecify.annotations.NullMarked;
