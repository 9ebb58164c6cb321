package org.swinengine.models;

/**
 * What a table of positions is about.
 *
 * @param height rows of the grid that its rows stand for, row by row
 * @param width columns of the grid
 * @param prefix rows before those of the grid, such as a class token's
 * @param relative whether positions are distances between tokens, {@code [rows, heads]}, rather than
 *     tokens' own, {@code [1, rows, channels]}
 */
public record PositionTable(int height, int width, int prefix, boolean relative) {}
