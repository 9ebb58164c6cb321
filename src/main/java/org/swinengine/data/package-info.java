/**
 * Data sets, image decoding, transforms and the batch loader. Everything here lives on the host, in plain
 * arrays.
 *
 * <p>The way of an image: {@link org.swinengine.data.Dataset#load} gives 8-bit pixels, {@link
 * org.swinengine.data.ImagePipeline} augments them and writes normalised floats in channel-first order, and
 * {@link org.swinengine.data.BatchLoader} does that for whole batches on worker threads. Every random
 * decision is drawn from {@link org.swinengine.data.SampleRandom}, keyed by seed, epoch, sample and
 * transform, so the content of a batch never depends on the number of workers or on their timing.
 */
@NullMarked
package org.swinengine.data;

import org.jspecify.annotations.NullMarked;
