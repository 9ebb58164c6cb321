/**
 * How well masks are segmented: figures of each class and case, distances between surfaces, connected
 * components and what can be made of them. Host arrays alone, of planes and volumes.
 */
@NullMarked
package org.swinengine.metrics.segmentation;

import org.jspecify.annotations.NullMarked;
