package org.swinengine.train;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.swinengine.models.LoadReport;
import org.swinengine.models.ModelSpec;

/**
 * What a run is about to do.
 *
 * @param config the configuration
 * @param data one line about the data
 * @param classNames names of the classes
 * @param trainingImages images that an epoch uses
 * @param validationImages images that are measured after each epoch
 * @param model the model, with the data's classes
 * @param parameters number of trainable numbers
 * @param frozen number of numbers that stay as they are
 * @param firstWeights what the run starts from; null: fresh weights, or a resumed run's
 * @param features whether the features of a frozen backbone are computed once, or why not, in words; null
 *     where all of the model learns
 * @param operations multiply-adds of one image's forward pass
 * @param stepsPerEpoch optimizer steps of an epoch
 * @param warmupSteps steps in which the learning rate rises
 * @param device what computes
 * @param folder the run's folder
 * @param stepsDone steps that a resumed run has behind it; 0 for a new one
 * @param skippedImages images left out until now because they cannot be read
 * @param memory what the process will take; null where memory is a device's, or the features of a frozen
 *     backbone are kept
 * @param estimate measures a few steps (nothing of the run changes) and says how long it will take
 */
public record TrainingPlan(
    TrainConfig config,
    String data,
    List<String> classNames,
    int trainingImages,
    int validationImages,
    ModelSpec model,
    long parameters,
    long frozen,
    LoadReport firstWeights,
    String features,
    long operations,
    int stepsPerEpoch,
    long warmupSteps,
    String device,
    Path folder,
    long stepsDone,
    int skippedImages,
    MemoryEstimate memory,
    Supplier<Estimate> estimate) {}
