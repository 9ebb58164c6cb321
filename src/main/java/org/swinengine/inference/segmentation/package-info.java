/**
 * Models that give each pixel a class: batches with masks, pictures of any size, evaluation, and what is
 * drawn of it.
 */
@NullMarked
package org.swinengine.inference.segmentation;

import org.jspecify.annotations.NullMarked;
