/** Optimizers over parameter arenas, and learning rate schedules. */
@NullMarked
package org.swinengine.optim;

import org.jspecify.annotations.NullMarked;
