/**
 * How training starts from weights: what is frozen, rates by layer, kept features, which epoch is the best.
 */
@NullMarked
package org.swinengine.train.tuning;

import org.jspecify.annotations.NullMarked;
