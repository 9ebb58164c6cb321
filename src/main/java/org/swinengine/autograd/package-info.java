/** The tape, gradients, checkpointing and the check of gradients. */
@NullMarked
package org.swinengine.autograd;

import org.jspecify.annotations.NullMarked;
