package org.swinengine.bench;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.LossKernels.BinaryCost;
import org.swinengine.backend.LossKernels.ClassCost;

/** Losses: a batch of images of 1000 classes, and the pixels of one image of 9 classes. */
public class LossBench extends BackendBench {
  @Param({"128x1000", "50176x9"})
  public String size;

  private static final ClassCost FOCAL = new ClassCost(0, 2);

  private int rows;
  private int classes;
  private Buffer logits;
  private Buffer labels;
  private Buffer targets;
  private Buffer losses;
  private Buffer logSumExp;
  private Buffer dLoss;
  private Buffer dLogits;

  @Override
  protected void prepare() {
    rows = Integer.parseInt(size.substring(0, size.indexOf('x')));
    classes = Integer.parseInt(size.substring(size.indexOf('x') + 1));
    logits = random((long) rows * classes);
    labels = integers(rows, classes);
    targets = filled((long) rows * classes, 1.0 / classes);
    losses = filled(rows, 0);
    logSumExp = filled(rows, 0);
    dLoss = filled(1, 1);
    dLogits = filled((long) rows * classes, 0);
    forward();
  }

  @Benchmark
  public void forward() {
    backend.loss().crossEntropy(rows, classes, logits, labels, 0.1, losses, logSumExp);
    backend.synchronize();
  }

  @Benchmark
  public void backward() {
    backend
        .loss()
        .crossEntropyBackward(rows, classes, logits, labels, 0.1, logSumExp, dLoss, 1.0 / rows, dLogits);
    backend.synchronize();
  }

  @Benchmark
  public void soft() {
    backend.loss().softCrossEntropy(rows, classes, logits, targets, losses, logSumExp);
    backend.synchronize();
  }

  @Benchmark
  public void softBackward() {
    backend.loss().softCrossEntropyBackward(rows, classes, logits, targets, logSumExp, losses, dLogits);
    backend.synchronize();
  }

  @Benchmark
  public void focal() {
    backend
        .loss()
        .weightedCrossEntropy(rows, classes, logits, labels, null, FOCAL, losses, logSumExp, null);
    backend.synchronize();
  }

  @Benchmark
  public void focalBackward() {
    backend
        .loss()
        .weightedCrossEntropyBackward(
            rows, classes, logits, labels, null, FOCAL, logSumExp, losses, dLogits);
    backend.synchronize();
  }

  @Benchmark
  public void binary() {
    backend.loss().binaryCrossEntropy(rows, classes, logits, targets, null, BinaryCost.PLAIN, losses);
    backend.synchronize();
  }

  @Benchmark
  public void binaryBackward() {
    backend
        .loss()
        .binaryCrossEntropyBackward(
            rows, classes, logits, targets, null, BinaryCost.PLAIN, losses, dLogits);
    backend.synchronize();
  }

  @Benchmark
  public void softmax() {
    backend.loss().softmax(rows, classes, logits, dLogits);
    backend.synchronize();
  }
}
