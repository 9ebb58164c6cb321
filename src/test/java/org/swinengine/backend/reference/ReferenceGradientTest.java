package org.swinengine.backend.reference;

import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Epilogue;
import org.swinengine.backend.PreparedWeight;
import org.swinengine.backend.Prologue;
import org.swinengine.backend.Span;
import org.swinengine.backend.TestBuffers;
import org.swinengine.backend.UnaryFunction;

/** Every backward kernel of the reference, attention apart, against differences of its forward kernel. */
@Tag("numerics")
class ReferenceGradientTest {
  private final Backend backend = new ReferenceBackend();
  private final TestBuffers buffers = new TestBuffers(backend);
  private final SplittableRandom random = new SplittableRandom(20240607);

  private Span random(int n) {
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = random.nextDouble(-1.5, 1.5);
    }
    return buffers.of(values);
  }

  /** Checks a gradient of Σ weights·result. */
  private void check(String what, Span operand, Span gradient, Span weights, Supplier<Span> forward) {
    double[] factors = buffers.read(weights);
    CentralDifference.check(
        what,
        buffers,
        operand,
        buffers.read(gradient),
        () -> {
          double[] result = buffers.read(forward.get());
          double sum = 0;
          for (int i = 0; i < result.length; i++) {
            sum += factors[i] * result[i];
          }
          return sum;
        });
  }

  @Test
  void layerNorm() {
    int rows = 3;
    int columns = 5;
    Span x = random(rows * columns);
    Span gamma = random(columns);
    Span beta = random(columns);
    Span y = buffers.result(rows * columns);
    Span mean = buffers.result(rows);
    Span inverseDeviation = buffers.result(rows);
    Supplier<Span> forward =
        () -> {
          backend.norm().layerNorm(rows, columns, x, gamma, beta, 1e-5, y, mean, inverseDeviation);
          return y;
        };
    forward.get();
    Span dy = random(rows * columns);
    Span dx = buffers.result(rows * columns);
    Span dGamma = buffers.result(columns);
    Span dBeta = buffers.result(columns);
    backend
        .norm()
        .layerNormBackward(
            rows, columns, dy, x, mean, inverseDeviation, gamma, dx, false, dGamma, dBeta, false);
    check("dx", x, dx, dy, forward);
    check("dGamma", gamma, dGamma, dy, forward);
    check("dBeta", beta, dBeta, dy, forward);
  }

  @Test
  void gelu() {
    Span x = random(17);
    Span dy = random(17);
    Span dx = buffers.result(17);
    backend.pointwise().unaryBackward(UnaryFunction.GELU, 17, x, dy, dx);
    Span y = buffers.result(17);
    check(
        "dx",
        x,
        dx,
        dy,
        () -> {
          backend.pointwise().unary(UnaryFunction.GELU, 17, x, y);
          return y;
        });
  }

  @Test
  void crossEntropy() {
    Span logits = random(3 * 4);
    Span labels = buffers.ofInts(3, 0, 1);
    Span losses = buffers.result(3);
    Span logSumExp = buffers.result(3);
    Supplier<Span> forward =
        () -> {
          backend.loss().crossEntropy(3, 4, logits, labels, 0.2, losses, logSumExp);
          return losses;
        };
    forward.get();
    Span dLogits = buffers.result(12);
    backend
        .loss()
        .crossEntropyBackward(3, 4, logits, labels, 0.2, logSumExp, buffers.of(0.75), 1 / 3.0, dLogits);
    check("dLogits", logits, dLogits, buffers.of(0.25, 0.25, 0.25), forward);
  }

  @Test
  void linear() {
    for (Prologue.Kind kind : Prologue.Kind.values()) {
      int rows = 4;
      int in = 5;
      int out = 3;
      Span x = random(rows * in);
      Span w = random(out * in);
      Span bias = random(out);
      Span gamma = random(in);
      Span beta = random(in);
      Prologue prologue =
          switch (kind) {
            case NONE -> Prologue.NONE;
            case GELU -> Prologue.GELU;
            case LAYER_NORM ->
                Prologue.layerNorm(gamma, beta, 1e-5, buffers.result(rows), buffers.result(rows));
          };
      PreparedWeight weight = backend.matrix().prepare(w, out, in);
      Span y = buffers.result(rows * out);
      Supplier<Span> forward =
          () -> {
            weight.invalidate();
            backend.matrix().linear(rows, x, weight, prologue, Epilogue.bias(bias), y);
            return y;
          };
      forward.get();
      Span dy = random(rows * out);
      Span dWeight = buffers.result(out * in);
      Span dBias = buffers.result(out);
      backend.matrix().linearBackwardWeight(rows, x, prologue, dy, out, in, dWeight, dBias, false);
      check(kind + " dWeight", w, dWeight, dy, forward);
      check(kind + " dBias", bias, dBias, dy, forward);
      if (kind == Prologue.Kind.LAYER_NORM) {
        continue; // its dx needs layerNormBackward, which has its own test
      }
      Span dx = buffers.result(rows * in);
      Epilogue epilogue =
          kind == Prologue.Kind.GELU ? Epilogue.timesGeluGradient(x) : Epilogue.NONE;
      backend.matrix().linearBackwardInput(rows, dy, weight, epilogue, dx);
      check(kind + " dx", x, dx, dy, forward);
    }
  }

  @Test
  void meanTokens() {
    Span x = random(2 * 3 * 4);
    Span y = buffers.result(2 * 4);
    Span dy = random(2 * 4);
    Span dx = buffers.result(2 * 3 * 4);
    backend.reduce().meanTokensBackward(2, 3, 4, dy, dx);
    check(
        "dx",
        x,
        dx,
        dy,
        () -> {
          backend.reduce().meanTokens(2, 3, 4, x, y);
          return y;
        });
  }

  /** sumRows is the gradient of addRow's row. */
  @Test
  void sumRows() {
    Span x = random(4 * 5);
    Span v = random(5);
    Span y = buffers.result(4 * 5);
    Span dy = random(4 * 5);
    Span dv = buffers.result(5);
    backend.reduce().sumRows(4, 5, dy, dv, false);
    check(
        "dv",
        v,
        dv,
        dy,
        () -> {
          backend.pointwise().addRow(4, 5, x, v, y);
          return y;
        });
  }

  @Test
  void patchEmbedding() {
    int batch = 2;
    int channels = 3;
    int height = 5;
    int width = 4;
    int patch = 2;
    int rowElements = batch * 3 * 2 * channels * patch * patch;
    Span image = random(batch * channels * height * width);
    Span rows = buffers.result(rowElements);
    Span dRows = random(rowElements);
    Span dImage = buffers.result(batch * channels * height * width);
    backend.patch().embedScatter(batch, channels, height, width, patch, dRows, dImage);
    check(
        "dImage",
        image,
        dImage,
        dRows,
        () -> {
          backend.patch().embedGather(batch, channels, height, width, patch, image, rows);
          return rows;
        });
  }

  @Test
  void patchMerging() {
    Span x = random(2 * 3 * 5 * 2);
    Span merged = buffers.result(2 * 2 * 3 * 8);
    Span dMerged = random(2 * 2 * 3 * 8);
    Span dx = buffers.result(2 * 3 * 5 * 2);
    backend.patch().mergeScatter(2, 3, 5, 2, dMerged, dx);
    check(
        "dx",
        x,
        dx,
        dMerged,
        () -> {
          backend.patch().mergeGather(2, 3, 5, 2, x, merged);
          return merged;
        });
  }
}
