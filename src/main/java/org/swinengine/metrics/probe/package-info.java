/**
 * Probes: what features of a model tell of labels, asked of samples that a probe has not learnt from. Host
 * arrays only, float64, in a fixed order.
 */
@NullMarked
package org.swinengine.metrics.probe;

import org.jspecify.annotations.NullMarked;
