/**
 * Getting weights: from a name of the table of published checkpoints, a file, an address or a repository of
 * the Hugging Face Hub to a file on this machine. {@link org.swinengine.pretrained.PretrainedWeights} is the
 * way in.
 */
@NullMarked
package org.swinengine.pretrained;

import org.jspecify.annotations.NullMarked;
