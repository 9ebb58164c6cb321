package org.swinengine.backend.cuda;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.swinengine.autograd.ParameterArena;
import org.swinengine.autograd.Variable;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.DryBackend;
import org.swinengine.backend.Epilogue;
import org.swinengine.backend.MatrixKernels;
import org.swinengine.backend.MatrixKernels.Gemm;
import org.swinengine.backend.PreparedWeight;
import org.swinengine.backend.Prologue;
import org.swinengine.backend.Span;
import org.swinengine.models.Model;
import org.swinengine.models.ModelSpec;
import org.swinengine.models.Models;
import org.swinengine.nn.ForwardMode;
import org.swinengine.ops.CrossEntropyOp;
import org.swinengine.optim.Gradients;
import org.swinengine.tensor.Shape;
import org.swinengine.tensor.Tensor;

/** The matrix products that a training step has, found by a step that computes nothing. */
final class TrainingProducts {
  /** The three ways in which a layer multiplies. */
  enum Way {
    /** {@code y = x·Wᵀ}. */
    FORWARD("nt"),
    /** {@code dx = dy·W}. */
    INPUT("nn"),
    /** {@code dW = dyᵀ·x}. */
    WEIGHT("tn");

    final String layout;

    Way(String layout) {
      this.layout = layout;
    }
  }

  /**
   * A product, which several layers may have.
   *
   * @param layer rows, outputs and inputs of the layer
   * @param parts what else there is: operands of the epilogue, a bias's gradient, in the order of their names
   * @param rowsPerScale of DropPath's factors
   */
  record ProductOfLayer(Way way, String epilogue, Layer layer, List<String> parts, int rowsPerScale) {
    String types(DType computeType) {
      String type = computeType == DType.BF16 ? "bf16" : "f32";
      return type + (way == Way.WEIGHT && computeType == DType.BF16 ? "f32" : "");
    }

    int m() {
      return way == Way.WEIGHT ? layer.out : layer.rows;
    }

    int n() {
      return way == Way.FORWARD ? layer.out : layer.in;
    }

    int k() {
      return way == Way.WEIGHT ? layer.rows : way == Way.FORWARD ? layer.in : layer.out;
    }

    boolean has(String part) {
      return parts.contains(part);
    }
  }

  record Layer(int rows, int out, int in) {}

  private final Map<ProductOfLayer, Integer> products = new LinkedHashMap<>();

  private TrainingProducts() {}

  /**
   * Products that cuBLAS can do, with how many of a step are alike. Those whose epilogue or prologue it does
   * not have, DropPath's factors within a weight's gradient for one, stay with the own kernels anyway.
   *
   * @param backend whose types and ways they are
   */
  static Map<ProductOfLayer, Integer> of(Backend backend, ModelSpec spec, int batch) {
    TrainingProducts found = new TrainingProducts();
    Backend noting = found.noting(new DryBackend(backend));
    Model model = Models.create(spec);
    new ParameterArena(noting, model.parameters(), 0, parameter -> true);
    Gradients.add(() -> {
      Shape shape = Shape.of(batch, spec.channels(), spec.imageHeight(), spec.imageWidth());
      Tensor images = Tensor.empty(noting, shape);
      Tensor labels = Tensor.empty(noting, DType.INT32, spec.labelsShape(batch));
      ForwardMode mode = ForwardMode.training(0, 0, 0, false);
      return CrossEntropyOp.apply(model.forward(Variable.constant(images), mode), labels, 0);
    });
    return found.products;
  }

  private Backend noting(Backend dry) {
    MatrixKernels matrix = proxy(MatrixKernels.class, dry.matrix(), (name, arguments) -> {
      note(name, arguments);
      return null;
    });
    return proxy(Backend.class, dry, (name, arguments) -> name.equals("matrix") ? matrix : null);
  }

  /** Looks at a call, and may answer it. */
  private interface Look {
    @Nullable
    Object at(String name, Object[] arguments);
  }

  private static <K> K proxy(Class<K> type, K original, Look look) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type},
        (self, method, arguments) -> {
          if (method.getDeclaringClass() == Object.class) {
            return method.getName().equals("equals") ? self == arguments[0]
                : method.invoke(original, arguments);
          }
          Object answer = look.at(method.getName(), arguments);
          try {
            return answer != null ? answer : method.invoke(original, arguments);
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
        }));
  }

  private void note(String method, Object[] a) {
    switch (method) {
      case "linear" -> layer(Way.FORWARD, (int) a[0], (PreparedWeight) a[2], (Epilogue) a[4], (Span) a[5]);
      case "linearBackwardInput" -> layer(
          Way.INPUT, (int) a[0], (PreparedWeight) a[2], (Epilogue) a[3], (Span) a[4]);
      case "mlp" -> {
        int rows = (int) a[0];
        Epilogue gelu = Epilogue.biasGelu((Span) a[4], (Span) a[5]);
        layer(Way.FORWARD, rows, (PreparedWeight) a[3], gelu, (Span) a[8]);
        layer(Way.FORWARD, rows, (PreparedWeight) a[6], (Epilogue) a[7], (Span) a[8]);
      }
      case "linearBackwardWeight" -> {
        boolean hasFactors = a.length == 10 && a[4] != null;
        int at = a.length == 10 ? 5 : 4;
        if (!hasFactors) {
          List<String> parts = a[at + 3] == null ? List.of() : List.of("bias");
          String epilogue = (boolean) a[at + 4] ? "accumulate" : "none";
          Layer layer = new Layer((int) a[0], (int) a[at], (int) a[at + 1]);
          products.merge(new ProductOfLayer(Way.WEIGHT, epilogue, layer, parts, 1), 1, Integer::sum);
        }
      }
      default -> {
      }
    }
  }

  private void layer(Way way, int rows, PreparedWeight weight, Epilogue epilogue, Span result) {
    int out = weight.outFeatures();
    int in = weight.inFeatures();
    boolean forward = way == Way.FORWARD;
    double beta = epilogue.accumulate() ? 1 : 0;
    int n = forward ? out : in;
    int k = forward ? in : out;
    Gemm sizes = new Gemm(false, forward, rows, n, k, 1, beta, k, forward ? k : n, n, 1, 0, 0, 0);
    String kind = CudaBlas.kind(sizes, epilogue);
    if (kind == null) {
      return;
    }
    List<String> parts = new ArrayList<>();
    add(parts, "bias", epilogue.bias());
    add(parts, "preActivation", epilogue.preActivation());
    add(parts, "rowScale", epilogue.rowScale());
    Span residual = epilogue.residual();
    Buffer there = residual == null ? null : residual.buffer();
    add(parts, there == result.buffer() ? "ownResidual" : "residual", residual);
    products.merge(new ProductOfLayer(way, kind, new Layer(rows, out, in), parts, epilogue.rowsPerScale()), 1,
        Integer::sum);
  }

  private static void add(List<String> parts, String name, @Nullable Span spanOrNull) {
    if (spanOrNull != null) {
      parts.add(name);
    }
  }

  /** Calls of a product on a backend, with operands of its own, until {@link #close}. */
  static final class Call implements Runnable, AutoCloseable {
    private final Backend backend;
    private final ProductOfLayer product;
    private final List<Buffer> buffers = new ArrayList<>();
    private final Buffer rows;
    private final Buffer otherRows;
    private final @Nullable Buffer parameter;
    private final @Nullable PreparedWeight weight;
    private final @Nullable Buffer bias;
    private final @Nullable Epilogue epilogue;

    Call(Backend backend, ProductOfLayer product) {
      this.backend = backend;
      this.product = product;
      Layer layer = product.layer;
      DType type = backend.computeType();
      rows = buffer(type, (long) layer.rows * layer.in, 0.01);
      otherRows = buffer(type, (long) layer.rows * layer.out, 0.01);
      parameter = buffer(DType.FLOAT32, (long) layer.out * layer.in, 0.01);
      bias = product.has("bias") ? buffer(DType.FLOAT32, layer.out, 0.1) : null;
      boolean isWeight = product.way == Way.WEIGHT;
      weight = isWeight ? null : backend.matrix().prepare(parameter, layer.out, layer.in);
      epilogue = isWeight ? null : epilogue(type);
    }

    private Buffer buffer(DType type, long n, double value) {
      Buffer buffer = backend.memory().allocate(type, n);
      buffers.add(buffer);
      backend.memory().fill(buffer, n, value);
      return buffer;
    }

    private Epilogue epilogue(DType type) {
      long n = (long) product.m() * product.n();
      Buffer preActivation = product.has("preActivation") ? buffer(type, n, 0) : null;
      Buffer own = product.way == Way.FORWARD ? otherRows : rows;
      Buffer ownOrNull = product.has("ownResidual") ? own : null;
      Buffer residual = product.has("residual") ? buffer(type, n, 0) : ownOrNull;
      int each = product.rowsPerScale;
      Buffer scale =
          product.has("rowScale") ? buffer(DType.FLOAT32, (product.m() + each - 1) / each, 1) : null;
      return switch (product.epilogue) {
        case "none" -> Epilogue.NONE;
        case "accumulate" -> Epilogue.ACCUMULATE;
        case "bias" -> Epilogue.bias(bias);
        case "gelu" -> Epilogue.biasGelu(bias, preActivation);
        case "residual" -> Epilogue.biasResidual(bias, scale, each, residual);
        case "gelu-gradient" -> Epilogue.timesGeluGradient(buffer(type, n, 0.5));
        default -> throw new IllegalStateException(product.epilogue);
      };
    }

    @Override
    public void run() {
      Layer layer = product.layer;
      MatrixKernels matrix = backend.matrix();
      switch (product.way) {
        case FORWARD -> matrix.linear(layer.rows, rows, weight, Prologue.NONE, epilogue, otherRows);
        case INPUT -> matrix.linearBackwardInput(layer.rows, otherRows, weight, epilogue, rows);
        default -> matrix.linearBackwardWeight(layer.rows, rows, Prologue.NONE, otherRows, layer.out,
            layer.in, parameter, bias, product.epilogue.equals("accumulate"));
      }
    }

    @Override
    public void close() {
      if (weight != null) {
        weight.release();
      }
      buffers.forEach(Buffer::release);
    }
  }
}
