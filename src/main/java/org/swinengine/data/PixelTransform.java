package org.swinengine.data;

/** A transform that changes values and leaves every pixel in its place: masks stay as they are. */
public interface PixelTransform extends Transform {}
