package org.swinengine.train;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.swinengine.data.DataSplits;
import org.swinengine.data.check.Finding;
import org.swinengine.inference.Preprocessing;
import org.swinengine.models.LoadReport;
import org.swinengine.models.ModelSpec;
import org.swinengine.train.estimate.MemoryEstimate;

/**
 * What a run is about to do.
 *
 * @param config the configuration
 * @param data the parts of the data, with their classes
 * @param model the model, with the data's classes
 * @param preprocessing how images become its input
 * @param parameters number of trainable numbers
 * @param frozen number of numbers that stay as they are
 * @param firstWeights what the run starts from; null: fresh weights, or a resumed run's
 * @param features whether the features of a frozen backbone are computed once, or why not, in words; null
 *     where all of the model learns
 * @param stepsPerEpoch optimizer steps of an epoch
 * @param device what computes
 * @param folder the run's folder
 * @param stepsDone steps that a resumed run has behind it; 0 for a new one
 * @param epochsBefore epochs that the run was to have: fewer than the configuration's where it is extended
 * @param memory what the process will take; null where memory is a device's, or the features of a frozen
 *     backbone are kept
 * @param findings what seems wrong with the data, as far as it is seen without decoding
 */
public record TrainingPlan(
    TrainConfig config,
    DataSplits data,
    ModelSpec model,
    Preprocessing preprocessing,
    long parameters,
    long frozen,
    @Nullable LoadReport firstWeights,
    @Nullable String features,
    int stepsPerEpoch,
    String device,
    Path folder,
    long stepsDone,
    int epochsBefore,
    @Nullable MemoryEstimate memory,
    List<Finding> findings) {}
