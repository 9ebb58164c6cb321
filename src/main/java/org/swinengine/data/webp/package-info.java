/**
 * Lossy WebP, which is a key frame of VP8, to the very pixels of libwebp. RFC 6386 is the format; libwebp
 * interpolates the chroma beyond that and has a conversion to RGB of its own, in whole numbers. The libraries
 * for Java that can be had repeat chroma instead, which is off by up to 50 levels at edges of colour. Where a
 * damaged file's numbers overflow, what comes out is that of libwebp's plain C code, which its vector code
 * there does not equal.
 */
@NullMarked
package org.swinengine.data.webp;

import org.jspecify.annotations.NullMarked;
