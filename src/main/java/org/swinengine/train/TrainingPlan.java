package org.swinengine.train;

import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.DataSplits;
import org.swinengine.models.LoadReport;
import org.swinengine.models.ModelSpec;
import org.swinengine.train.estimate.Estimate;
import org.swinengine.train.estimate.MemoryEstimate;

/**
 * What a run is about to do.
 *
 * @param config the configuration
 * @param data the parts of the data, with their classes
 * @param model the model, with the data's classes
 * @param parameters number of trainable numbers
 * @param frozen number of numbers that stay as they are
 * @param firstWeights what the run starts from; null: fresh weights, or a resumed run's
 * @param features whether the features of a frozen backbone are computed once, or why not, in words; null
 *     where all of the model learns
 * @param stepsPerEpoch optimizer steps of an epoch
 * @param device what computes
 * @param folder the run's folder
 * @param stepsDone steps that a resumed run has behind it; 0 for a new one
 * @param memory what the process will take; null where memory is a device's, or the features of a frozen
 *     backbone are kept
 * @param estimate measures a few steps (nothing of the run changes) and says how long it will take
 */
public record TrainingPlan(
    TrainConfig config,
    DataSplits data,
    ModelSpec model,
    long parameters,
    long frozen,
    @Nullable LoadReport firstWeights,
    @Nullable String features,
    int stepsPerEpoch,
    String device,
    Path folder,
    long stepsDone,
    @Nullable MemoryEstimate memory,
    Supplier<Estimate> estimate) {}
