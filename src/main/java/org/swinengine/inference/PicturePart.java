package org.swinengine.inference;

/**
 * A rectangle of a picture, in its pixels; edges may lie between pixels and outside of the picture.
 *
 * @param top of its upper edge
 * @param left of its left edge
 * @param height of the rectangle
 * @param width of the rectangle
 */
public record PicturePart(double top, double left, double height, double width) {}
