package org.swinengine.train.recipe;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.segmentation.SegmentationData;
import org.swinengine.models.ModelSpec;
import org.swinengine.train.TrainConfig;
import org.swinengine.train.settings.Augmentation;
import org.swinengine.train.settings.ScheduleSettings;
import org.swinengine.train.settings.SegmentationSettings;
import org.swinengine.train.settings.TaskKind;

/**
 * How models learn the classes of pixels where nobody says otherwise: AdamW, a polynomial fall after 100
 * steps of warm-up, clipping, mirror images and turns, each picture normalised by itself and with a Dice of
 * its own.
 */
public final class SegmentRecipe {
  /** The model where none is named. */
  public static final String MODEL = "swin_unet_small_patch2_window8_128";

  private static final int EPOCHS = 17;
  private static final int BATCH = 6;

  private SegmentRecipe() {}

  /**
   * Whether a run is about the classes of pixels.
   *
   * @param task that was chosen; null: none
   * @param model that was named; null: none
   * @param data that were named; null: none
   * @param weights whether first weights were named, which then say what the model is
   * @throws IOException when the data cannot be looked at
   */
  public static boolean isMeant(
      @Nullable Object task, @Nullable ModelSpec model, @Nullable Path data, boolean weights)
      throws IOException {
    if (task != null && task != TaskKind.AUTO) {
      return task == TaskKind.SEGMENT;
    }
    if (model != null) {
      return model.task() == ModelSpec.Task.SEGMENTATION;
    }
    return data != null && !weights && SegmentationData.isAt(data);
  }

  /**
   * The settings.
   *
   * @param data null: the built-in nuclei
   */
  public static TrainConfig.Builder of(@Nullable Path data, ModelSpec model) {
    boolean square = model.imageHeight() == model.imageWidth();
    return TrainConfig.forData(data, model)
        .epochs(EPOCHS)
        .batchSize(BATCH)
        .learningRate(1e-3)
        .minimumRate(0.0)
        .warmupRate(1e-6)
        .warmupSteps(100)
        .weightDecay(0.01)
        .clipNorm(5)
        .labelSmoothing(0)
        .cropRatio(1)
        .augmentation(
            Augmentation.of(Map.of("flip", 0.5, "vflip", 0.5, "quarterTurns", square)))
        .set("schedule", ScheduleSettings.Kind.POLY)
        .set("normalizeEach", true)
        .set("diceRegions", SegmentationSettings.Regions.PICTURE)
        .set("task", TaskKind.SEGMENT);
  }
}
