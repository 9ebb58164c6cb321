/**
 * Training of any module: one optimizer step, and {@link org.swinengine.fit.Fit}, which runs many of them.
 */
@NullMarked
package org.swinengine.fit;

import org.jspecify.annotations.NullMarked;
