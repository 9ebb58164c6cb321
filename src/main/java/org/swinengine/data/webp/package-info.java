/**
 * Lossy WebP, which is a key frame of VP8, to the very pixels of libwebp. RFC 6386 is the format; libwebp
 * interpolates the chroma beyond that and has a conversion to RGB of its own, in whole numbers. The libraries
 * for Java repeat chroma instead, which is off by up to 50 levels at edges of colour.
 */
@NullMarked
package org.swinengine.data.webp;

import org.jspecify.annotations.NullMarked;
