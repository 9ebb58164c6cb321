package org.swinengine.inference.segmentation;

import java.util.ArrayList;
import java.util.List;
import org.swinengine.data.segmentation.ClassSets;
import org.swinengine.inference.CheckpointException;
import org.swinengine.inference.EngineCheckpoint;
import org.swinengine.inference.LoadedModel;
import org.swinengine.metrics.segmentation.LabelKind;

/**
 * What a model says of a pixel.
 *
 * @param kind its one class, or all of its classes
 * @param names of the classes, the background first, also where the model has no answer for it
 */
public record PixelClasses(LabelKind kind, List<String> names) {
  /** What stands for a pixel without any class. */
  public static final String BACKGROUND = "background";

  /** Keeps them. */
  public PixelClasses {
    names = List.copyOf(names);
  }

  /** Those of a model, as its checkpoint says. */
  public static PixelClasses of(LoadedModel model) {
    boolean overlapping = model.said(EngineCheckpoint.OVERLAPPING).map(Boolean::parseBoolean).orElse(false);
    if (!overlapping) {
      return new PixelClasses(LabelKind.NUMBERS, model.classNames());
    }
    if (model.classNames().size() > ClassSets.MOST) {
      throw new CheckpointException(
          "the checkpoint says \"" + EngineCheckpoint.OVERLAPPING + "\" and has " + model.classNames().size()
              + " classes, of which there may be " + ClassSets.MOST + " then; the file is damaged");
    }
    List<String> names = new ArrayList<>(List.of(BACKGROUND));
    names.addAll(model.classNames());
    return new PixelClasses(LabelKind.SETS, names);
  }

  /** Whether pixels may have several classes, or none. */
  public boolean overlapping() {
    return kind == LabelKind.SETS;
  }
}
