package org.swinengine.backend;

/**
 * Which elements of a dense matrix {@code [rows, columns]} dropout keeps: those that
 * {@link RandomKernels#dropout} keeps of its samples, the rows of a sample being one row of it. Element (r,
 * j) is number {@code (r mod rowsPerSample)·columns + j} of sample {@code firstSample + r / rowsPerSample}.
 *
 * @param key stream and step of the draw
 * @param firstSample global index of the first row's sample
 * @param rowsPerSample at least 1
 * @param keepProbability above 0, at most 1
 */
public record DropoutMask(RandomKey key, long firstSample, int rowsPerSample, double keepProbability) {}
