package org.swinengine.pretrained;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Weights on this machine.
 *
 * @param file the weights; for weights in several files their index ({@code model.safetensors.index.json}),
 *     with all of them beside it
 * @param source what the user named
 * @param checkpoint what is known about them, if they are in the table of published checkpoints
 */
public record ResolvedWeights(Path file, String source, Optional<PublishedCheckpoint> checkpoint) {}
