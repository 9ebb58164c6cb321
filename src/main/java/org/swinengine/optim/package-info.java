/** Optimizers over parameter arenas, and learning rate schedules. */
package org.swinengine.optim;
