package org.swinengine.ops;

import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.Tape;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.UnaryFunction;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.ShapeException;
import org.swinengine.tensor.Tensor;

/**
 * Losses of segmentation that compare regions, over p = softmax(logits) of each pixel: Dice, Tversky and the
 * boundary loss. Where a pixel may have several classes ({@link PixelTarget#ofSets}), p = sigmoid(logits), as
 * MONAI's {@code DiceLoss(sigmoid=True)} has it, and there is no background among the classes. Regions are
 * those of the whole batch, as in the original Swin-Unet, or of each picture by itself ({@link
 * PixelTarget#ofEachPicture}); the loss is the plain mean over all classes, background included, and then
 * over the pictures.
 *
 * <p>Sums over pixels are made on the device in a fixed order; what follows from them, a few numbers for each
 * class, on the host in float64. Backward makes the gradient of p from them and takes it through softmax or
 * sigmoid.
 */
public final class RegionLossOp {
  private static final String NAME = "regionLoss";

  private RegionLossOp() {}

  /** Value, and derivatives by the sums Σ p·g and Σ p² or Σ p of each region. */
  private record Value(double loss, float[] byOverlap, float[] bySize) {}

  /**
   * The original Swin-Unet's Dice loss: the mean over classes of {@code 1 − (2Σp·g + s)/(Σp² + Σg² + s)}, g
   * being 1 where a pixel has the class. Saves p and the target.
   *
   * @param logits {@code [batch, classes, height, width]}
   * @param smooth s; 1e-5 in the original
   * @return {@code []}
   */
  public static Variable dice(Variable logits, PixelTarget target, double smooth) {
    return apply(logits, target, true, (overlap, size, real) -> {
      int regions = real.length;
      float[] byOverlap = new float[regions];
      float[] bySize = new float[regions];
      double loss = 0;
      for (int c = 0; c < regions; c++) {
        double below = size[c] + real[c] + smooth;
        double share = (2 * overlap[c] + smooth) / below;
        loss += (1 - share) / regions;
        byOverlap[c] = (float) (-2 / below / regions);
        bySize[c] = (float) (share / below / regions);
      }
      return new Value(loss, byOverlap, bySize);
    });
  }

  /**
   * The Tversky loss (Salehi et al. 2017): the mean over classes of {@code 1 − (TP + s)/(TP + α·FP + β·FN +
   * s)} with {@code TP = Σp·g, FP = Σp·(1 − g), FN = Σ(1 − p)·g}. Saves p and the target.
   *
   * @param alpha weight of what is found wrongly
   * @param beta weight of what is not found
   */
  public static Variable tversky(
      Variable logits, PixelTarget target, double alpha, double beta, double smooth) {
    return apply(logits, target, false, (overlap, size, real) -> {
      int regions = real.length;
      float[] byOverlap = new float[regions];
      float[] bySize = new float[regions];
      double loss = 0;
      for (int c = 0; c < regions; c++) {
        double below = overlap[c] * (1 - alpha - beta) + alpha * size[c] + beta * real[c] + smooth;
        double share = (overlap[c] + smooth) / below;
        loss += (1 - share) / regions;
        byOverlap[c] = (float) ((share * (1 - alpha - beta) - 1) / below / regions);
        bySize[c] = (float) (share * alpha / below / regions);
      }
      return new Value(loss, byOverlap, bySize);
    });
  }

  /**
   * The boundary loss (Kervadec et al. 2019): the mean of {@code p·φ} over all elements, φ being the signed
   * distance to the class's region, negative inside. Saves p and the distances.
   *
   * @param distances {@code [batch, classes, height, width]}; 0 in the planes of classes that do not count
   */
  public static Variable boundary(Variable logits, Tensor distances) {
    check(logits, distances);
    boolean records = Tape.records(logits);
    Backend backend = logits.backend();
    long n = logits.shape().elements();
    try (Scope scope = Scope.open()) {
      Tensor p = softmax(logits);
      Tensor products = Tensor.emptyLike(p);
      backend.pointwise().multiply(n, p, distances, products);
      Tensor mean = scope.keep(Tensor.emptyMaster(backend, Shape.of()));
      backend.reduce().sum(n, products, mean);
      backend.pointwise().scale(1, 1.0 / n, mean, mean);
      if (!records) {
        return Variable.constant(mean);
      }
      return Tape.record(
          NAME, Operands.where(logits), mean, new Tensor[] {p, distances},
          flow -> flow.compute(
              logits,
              dx -> {
                Tensor dp = Tensor.emptyLike(p);
                backend.pointwise().scale(n, 1.0 / n, distances, dp);
                throughSoftmax(p, dp, flow.output(), dx);
              }));
    }
  }

  /** Of each logit by itself. */
  private static Tensor sigmoid(Variable logits) {
    Tensor p = Tensor.emptyLike(logits.value());
    logits.backend().pointwise().unary(UnaryFunction.SIGMOID, p.elements(), logits.value(), p);
    return p;
  }

  private interface Formula {
    Value of(double[] overlap, double[] size, double[] real);
  }

  private static void check(Variable logits, Tensor other) {
    Operands.checkRank(NAME, "the logits", logits, 4, "[batch, classes, height, width]");
    ShapeException.check(
        logits.shape().equals(other.shape()), NAME, "the logits are %s, but the target is %s",
        logits.shape(), other.shape());
  }

  private static Variable apply(Variable logits, PixelTarget target, boolean squared, Formula formula) {
    Tensor planes = target.planes();
    check(logits, planes);
    Tensor counted = target.counted();
    Backend backend = logits.backend();
    boolean records = Tape.records(logits);
    long n = logits.shape().elements();
    try (Scope scope = Scope.open()) {
      Tensor p = target.isOverlapping() ? sigmoid(logits) : softmax(logits);
      Tensor products = Tensor.emptyLike(p);
      backend.pointwise().multiply(n, p, planes, products);
      boolean each = target.isOfEachPicture();
      double[] overlap = each ? ofPictures(products) : ofClasses(products);
      Tensor size = p;
      if (squared || counted != null) {
        size = products;
        backend.pointwise().multiply(n, p, squared || counted == null ? p : counted, products);
        if (squared && counted != null) {
          backend.pointwise().multiply(n, products, counted, products);
        }
      }
      double[] sizes = each ? ofPictures(size) : ofClasses(size);
      Value value = formula.of(overlap, sizes, target.sizes());
      Tensor loss = scope.keep(Tensor.emptyMaster(backend, Shape.of()).fill(value.loss()));
      if (!records) {
        return Variable.constant(loss);
      }
      return Tape.record(
          NAME, Operands.where(logits), loss, new Tensor[] {p, planes, counted},
          flow -> flow.compute(
              logits,
              dx -> {
                Tensor dp = bySums(p, squared, counted, value);
                Tensor byOverlap = Tensor.emptyLike(p);
                ofEachClass(planes, value.byOverlap(), byOverlap);
                backend.pointwise().add(n, dp, byOverlap, dp);
                if (target.isOverlapping()) {
                  throughSigmoid(p, dp, flow.output(), dx);
                } else {
                  throughSoftmax(p, dp, flow.output(), dx);
                }
              }));
    }
  }

  /** {@code d(Σp² or Σp)/dp} times the derivative by that sum. */
  private static Tensor bySums(Tensor p, boolean squared, @Nullable Tensor counted, Value value) {
    Backend backend = p.backend();
    Tensor dp = Tensor.emptyLike(p);
    Tensor base = p;
    if (!squared) {
      base = counted == null ? dp.fill(1) : counted;
    } else if (counted != null) {
      backend.pointwise().multiply(p.elements(), p, counted, dp);
      base = dp;
    }
    float[] factors = value.bySize().clone();
    for (int c = 0; c < factors.length; c++) {
      factors[c] *= squared ? 2 : 1;
    }
    ofEachClass(base, factors, dp);
    return dp;
  }

  /** {@code y = x·factor} of the class, or of the class in the picture. */
  private static void ofEachClass(Tensor x, float[] factors, Tensor y) {
    int rows = x.dim(0) * x.dim(1);
    Tensor scale = Tensor.emptyMaster(x.backend(), Shape.of(rows));
    for (int i = 0; i < rows; i++) {
      scale.slice(i, Shape.of()).fill(factors[i % factors.length]);
    }
    x.backend().pointwise().scaleRows(rows, (long) x.dim(2) * x.dim(3), x, scale, y);
  }

  /** Sums over pixels of the whole batch. */
  private static double[] ofClasses(Tensor x) {
    int classes = x.dim(1);
    long pixels = (long) x.dim(2) * x.dim(3);
    Backend backend = x.backend();
    Tensor planes = Tensor.emptyMaster(backend, Shape.of(classes, x.dim(2), x.dim(3)));
    backend.reduce().sumRows(x.dim(0), classes * pixels, x, planes, false);
    Tensor all = Tensor.emptyMaster(backend, Shape.of(classes));
    for (int c = 0; c < classes; c++) {
      backend.reduce().sum(
          pixels, planes.slice(c * pixels, Shape.of(x.dim(2), x.dim(3))), all.slice(c, Shape.of()));
    }
    return all.toDoubles();
  }

  /** Sums over the pixels of each picture, {@code [batch, classes]}. */
  private static double[] ofPictures(Tensor x) {
    int rows = x.dim(0) * x.dim(1);
    Shape plane = Shape.of(x.dim(2), x.dim(3));
    Backend backend = x.backend();
    Tensor all = Tensor.emptyMaster(backend, Shape.of(rows));
    for (int i = 0; i < rows; i++) {
      backend.reduce().sum(
          plane.elements(), x.slice(i * plane.elements(), plane), all.slice(i, Shape.of()));
    }
    return all.toDoubles();
  }

  /** {@code [batch, classes, height, width]}. */
  private static Tensor softmax(Variable logits) {
    Variable last = ChannelsFirstOp.channelsLast(Variable.constant(logits.value()));
    int classes = logits.dim(1);
    Tensor rows = Tensor.emptyLike(last.value());
    logits.backend().loss().softmax(
        Math.toIntExact(last.shape().elements() / classes), classes, last.value(), rows);
    return ChannelsFirstOp.apply(Variable.constant(rows)).value();
  }

  /** {@code dx = dLoss·dp·p·(1 − p)}; changes dp. */
  private static void throughSigmoid(Tensor p, Tensor dp, Tensor dLoss, Tensor dx) {
    long n = p.elements();
    p.backend().pointwise().scaleRows(1, n, dp, dLoss, dp);
    p.backend().pointwise().unaryBackward(UnaryFunction.SIGMOID, n, p, dp, dx);
  }

  /** {@code dx = dLoss·p·(dp − Σ_c p·dp)}; changes dp. */
  private static void throughSoftmax(Tensor p, Tensor dp, Tensor dLoss, Tensor dx) {
    Backend backend = p.backend();
    int classes = p.dim(1);
    long pixels = (long) p.dim(2) * p.dim(3);
    long n = p.elements();
    backend.pointwise().multiply(n, p, dp, dp);
    Tensor sums = Tensor.emptyMaster(backend, Shape.of(p.dim(2), p.dim(3)));
    Shape sample = Shape.of(classes, p.dim(2), p.dim(3));
    for (int b = 0; b < p.dim(0); b++) {
      long start = (long) b * classes * pixels;
      backend.reduce().sumRows(classes, pixels, dp.slice(start, sample), sums, false);
      backend.pointwise().multiplyRow(classes, pixels, p.slice(start, sample), sums, dx.slice(start, sample));
    }
    backend.pointwise().scale(n, -1, dx, dx);
    backend.pointwise().add(n, dp, dx, dx);
    backend.pointwise().scaleRows(1, n, dx, dLoss, dx);
  }
}
