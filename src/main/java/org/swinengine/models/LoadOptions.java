package org.swinengine.models;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How weights that do not fit in every way are loaded.
 *
 * @param strict whether anything missing, unexpected or of another shape is an error
 * @param resizing how position tables of another size are resized; null: as the weights' dialect does
 * @param newHead whether a head for another number of classes is left out, and the model keeps a fresh one
 * @param otherClasses whether the head is left out even if their number is the same, as they are others
 * @param classRows for each class of the model the row of the weights' head, such as ImageNet-22k's for
 *     ImageNet-1k; null: the classes are the same
 */
public record LoadOptions(
    boolean strict,
    @Nullable PositionResizing resizing,
    boolean newHead,
    boolean otherClasses,
    @Nullable List<Integer> classRows) {
  /** Everything has to fit, but for sizes of position tables. */
  public static final LoadOptions STRICT = new LoadOptions(true, null, false, false, null);

  /** The same, but whatever fits is loaded, and the rest is left as it is. */
  public LoadOptions lenient() {
    return new LoadOptions(false, resizing, newHead, otherClasses, classRows);
  }

  /** The same with another way of resizing; null for the dialect's own. */
  public LoadOptions withResizing(@Nullable PositionResizing way) {
    return new LoadOptions(strict, way, newHead, otherClasses, classRows);
  }

  /** The same, with a new head where the number of classes differs. */
  public LoadOptions withNewHead() {
    return new LoadOptions(strict, resizing, true, otherClasses, classRows);
  }

  /** The same, with a new head whatever the number of classes is. */
  public LoadOptions withOtherClasses() {
    return new LoadOptions(strict, resizing, true, true, classRows);
  }

  /** A model with as many classes as rows were chosen; the same model if none were. */
  public ModelSpec withChosenClasses(ModelSpec spec) {
    return classRows == null ? spec : spec.withClasses(classRows.size());
  }

  /** The same, with these rows of the head. */
  public LoadOptions withClassRows(List<Integer> rows) {
    return new LoadOptions(strict, resizing, newHead, otherClasses, List.copyOf(rows));
  }
}
