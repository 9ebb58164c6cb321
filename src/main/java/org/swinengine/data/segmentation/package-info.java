/**
 * Volumes and masks: NIfTI, HDF5 and npz slices as Synapse's are, masks as pictures, and the files that
 * predictions are written to. Host arrays only. Whatever a file says of sizes, no more is allocated than its
 * bytes can fill; what is wrong with one, a {@link org.swinengine.data.DatasetException} says in a sentence.
 */
@NullMarked
package org.swinengine.data.segmentation;

import org.jspecify.annotations.NullMarked;
