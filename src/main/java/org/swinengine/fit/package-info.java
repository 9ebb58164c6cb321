/**
 * Training of any module: one optimizer step, and {@link org.swinengine.fit.Fit}, which runs many of them.
 */
package org.swinengine.fit;
