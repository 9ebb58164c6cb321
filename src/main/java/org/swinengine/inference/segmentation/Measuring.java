package org.swinengine.inference.segmentation;

import org.jspecify.annotations.Nullable;
import org.swinengine.data.segmentation.Spacing;
import org.swinengine.metrics.segmentation.EmptyMasks;

/**
 * How predictions are measured.
 *
 * @param emptyMasks what figures are where a class is not there or not found
 * @param spacing of all pictures and volumes; null: what their files say
 * @param cleanUp what is taken away from predictions first
 */
public record Measuring(EmptyMasks emptyMasks, @Nullable Spacing spacing, CleanUp cleanUp) {
  /** As they are, by definition, with the files' spacing. */
  public static final Measuring USUAL = new Measuring(EmptyMasks.DEFINED, null, CleanUp.NONE);
}
