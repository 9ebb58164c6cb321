/** How good predictions are: figures, their intervals, curves, and what to do with them; host arrays only. */
@NullMarked
package org.swinengine.metrics;

import org.jspecify.annotations.NullMarked;
