package org.swinengine.data.augment;

import org.jspecify.annotations.Nullable;
import org.swinengine.data.Interpolation;

/**
 * How operations of a policy that move pixels compute them.
 *
 * @param interpolation the filter; null for bilinear or bicubic, each as often
 * @param fill what lies outside of the picture
 */
record Painting(@Nullable Interpolation interpolation, FillColor fill) {}
