package org.swinengine.backend;

/**
 * DropPath's factors for the rows of a gradient: each is 0, for a sample whose branch was dropped, or one
 * positive number, which all the others share. Row r has {@code factors[r / rowsPerFactor]}.
 *
 * @param factors of the master type
 * @param rowsPerFactor rows of a sample, at least 1
 */
public record RowFactors(Span factors, int rowsPerFactor) {}
