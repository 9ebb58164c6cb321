package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.Span;
import org.swinengine.backend.TestBuffers;
import org.swinengine.backend.UnaryFunction;
import org.swinengine.backend.reference.ReferenceBackend;

/**
 * GELU as bf16 kernels compute it ({@code gelu.cuh}), before its rounding, against the exact one.
 *
 * <p>The polynomial is off by 4.02e-5 of Φ(−|x|) at most. To that come the roundings of float32: some six of
 * the polynomial's and the reciprocal's, 1.2e-7 each at most; and the exponent's, (x²·log2(e)/2)·1.5·2⁻²⁴ in
 * the power of two, 8e-6 at |x| = 13.
 */
@Tag("cuda")
final class HalfGeluTest {
  private static final double FIT = 4.03e-5;
  private static final double ROUNDINGS = 1e-6;
  private static final int POINTS = 32 * 1024;

  /** Beyond, e^(−x²/2) is below the smallest normal float and becomes 0. */
  private static final double FARTHEST = 13;

  @Test
  void errorIsAFiftiethOfARounding() {
    CudaBackendsForTests.assumeAvailable();
    float[] x = new float[POINTS];
    for (int i = 0; i < POINTS; i++) {
      x[i] = (float) (FARTHEST * (2.0 * i / (POINTS - 1) - 1));
    }
    CudaDevice device = new CudaDevice(0);
    CudaMemory memory = new CudaMemory(device);
    float[] y = new float[POINTS];
    float[] dy = new float[POINTS];
    try {
      Buffer values = memory.allocate(DType.FLOAT32, POINTS);
      Buffer gelu = memory.allocate(DType.FLOAT32, POINTS);
      Buffer derivative = memory.allocate(DType.FLOAT32, POINTS);
      memory.upload(x, 0, values, POINTS);
      device.launch(device.kernel("probe", "probeGelu")).grid(POINTS / 32).block(32).span(values).span(gelu)
          .span(derivative).run();
      memory.download(gelu, y, 0, POINTS);
      memory.download(derivative, dy, 0, POINTS);
    } finally {
      memory.close();
      device.close();
    }
    double[] at = new double[POINTS];
    Arrays.setAll(at, i -> x[i]);
    double[] exact = of(at, false);
    double[] exactDerivative = of(at, true);
    for (int i = 0; i < POINTS; i++) {
      double exponent = at[i] * at[i] * 1.5 * Math.ulp(0.5f);
      double error = FIT + ROUNDINGS + exponent;
      // On the right GELU is x − x·Φ(−|x|).
      double small = at[i] < 0 ? Math.abs(exact[i]) : at[i] - exact[i];
      double allowed = error * small + ROUNDINGS * Math.abs(exact[i]);
      assertTrue(Math.abs(y[i] - exact[i]) <= allowed, "gelu(" + at[i] + ") is " + y[i]);
      assertTrue(error < 0x1p-9 / 25, "far below half a unit in bf16's last place");
      double tail = at[i] == 0 ? 0.5 : small / Math.abs(at[i]); // Φ(−|x|)
      double density = Math.exp(-at[i] * at[i] / 2) / Math.sqrt(2 * Math.PI);
      allowed = FIT * tail + (ROUNDINGS + exponent) * (tail + Math.abs(at[i]) * density) + 6e-8;
      assertTrue(Math.abs(dy[i] - exactDerivative[i]) <= allowed, "gelu'(" + at[i] + ") is " + dy[i]);
    }
  }

  private static double[] of(double[] x, boolean derivative) {
    TestBuffers buffers = new TestBuffers(new ReferenceBackend());
    double[] ones = new double[x.length];
    Arrays.fill(ones, 1);
    Span y = buffers.result(x.length);
    ReferenceBackend backend = new ReferenceBackend();
    if (derivative) {
      backend.pointwise().unaryBackward(UnaryFunction.GELU, x.length, buffers.of(x), buffers.of(ones), y);
    } else {
      backend.pointwise().unary(UnaryFunction.GELU, x.length, buffers.of(x), y);
    }
    return buffers.read(y);
  }
}
