package org.swinengine.weights;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.swinengine.weights.PickleLimits.PickleException;
import org.swinengine.weights.PickleValues.Global;
import org.swinengine.weights.PickleValues.PickleDict;
import org.swinengine.weights.PickleValues.PickleList;
import org.swinengine.weights.PickleValues.PickleTuple;
import org.swinengine.weights.PickleValues.Quantizer;
import org.swinengine.weights.PickleValues.StorageRef;
import org.swinengine.weights.PickleValues.TensorRef;
import org.swinengine.weights.PickleValues.UnsupportedTensor;

/**
 * The functions of torch._utils by which a tensor is saved. They give a {@link TensorRef} with numbers as the
 * file states them; {@link TorchStorages} checks these once the tensor's name is known.
 */
final class TensorConstructors {
  private static final Map<String, ElementType> DTYPES = Map.ofEntries(
      Map.entry("float64", ElementType.F64), Map.entry("float32", ElementType.F32),
      Map.entry("float16", ElementType.F16), Map.entry("bfloat16", ElementType.BF16),
      Map.entry("float8_e4m3fn", ElementType.F8_E4M3), Map.entry("float8_e5m2", ElementType.F8_E5M2),
      Map.entry("float8_e4m3fnuz", ElementType.F8_E4M3FNUZ),
      Map.entry("float8_e5m2fnuz", ElementType.F8_E5M2FNUZ),
      Map.entry("float8_e8m0fnu", ElementType.F8_E8M0), Map.entry("int64", ElementType.I64),
      Map.entry("int32", ElementType.I32), Map.entry("int16", ElementType.I16),
      Map.entry("int8", ElementType.I8),
      Map.entry("uint64", ElementType.U64), Map.entry("uint32", ElementType.U32),
      Map.entry("uint16", ElementType.U16),
      Map.entry("uint8", ElementType.U8), Map.entry("bool", ElementType.BOOL),
      Map.entry("complex64", ElementType.C64), Map.entry("complex128", ElementType.C128));

  /** PyTorch has two; a large dictionary that many tensors share would take long to search. */
  private static final int MAX_FLAGS = 16;

  private TensorConstructors() {}

  /** What the call makes; null where it is none of these functions. */
  static Object construct(Global function, Object[] arguments) {
    boolean fromType = function.name().equals("_rebuild_from_type_v2")
        && (function.module().equals("torch._tensor") || function.module().equals("torch.tensor"));
    if (fromType) {
      return fromType(arguments);
    }
    if (!function.module().equals("torch._utils")) {
      return null;
    }
    return switch (function.name()) {
      case "_rebuild_tensor" -> tensor(function, arguments, 4, null, -1);
      case "_rebuild_tensor_v2" -> tensor(function, arguments, 6, null, 6);
      case "_rebuild_tensor_v3" -> tensor(function, arguments, 7, dtype(arguments), 7);
      case "_rebuild_parameter", "_rebuild_parameter_with_state" -> parameter(function, arguments);
      case "_rebuild_qtensor" -> quantized(function, arguments);
      case "_rebuild_sparse_tensor", "_rebuild_sparse_csr_tensor" -> new UnsupportedTensor(
          "it is sparse; call to_dense() on it before saving");
      case "_rebuild_nested_tensor" -> new UnsupportedTensor("it is a nested tensor; save its parts one by "
          + "one");
      case "_rebuild_meta_tensor_no_storage" -> new UnsupportedTensor(
          "it is on the \"meta\" device and has no values; save the model after its weights are loaded");
      case "_rebuild_wrapper_subclass", "_rebuild_device_tensor_from_numpy",
          "_rebuild_device_tensor_from_cpu_tensor",
          "_rebuild_xla_tensor" -> new UnsupportedTensor(
              "it belongs to a special device or class; move it to the CPU (tensor.cpu()) before saving");
      default -> null;
    };
  }

  /** The class of a tensor subclass is dropped, the tensor itself is kept. */
  private static Object fromType(Object[] arguments) {
    boolean known = arguments.length == 4 && arguments[0] instanceof Global function
        && function.module().equals("torch._utils") && arguments[2] instanceof PickleTuple;
    return known ? construct((Global) arguments[0], ((PickleTuple) arguments[2]).items) : null;
  }

  private static Object parameter(Global function, Object[] arguments) {
    boolean tensor = arguments.length >= 3
        && (arguments[0] instanceof TensorRef || arguments[0] instanceof UnsupportedTensor);
    if (!tensor) {
      throw malformed(function);
    }
    return arguments[0];
  }

  private static Object tensor(
      Global function, Object[] arguments, int required, ElementType type, int metadataIndex) {
    boolean sound = arguments.length >= required && arguments[0] instanceof StorageRef
        && arguments[1] instanceof Long;
    long[] shape = sound ? numbers(arguments[2]) : null;
    long[] strides = sound ? numbers(arguments[3]) : null;
    if (shape == null || strides == null) {
      throw malformed(function);
    }
    Object metadata = metadataIndex >= 0 && arguments.length > metadataIndex ? arguments[metadataIndex]
        : null;
    return new TensorRef((StorageRef) arguments[0], type, (Long) arguments[1], shape, strides,
        flag(metadata, "neg"), flag(metadata, "conj"), null);
  }

  /**
   * (storage, offset, size, stride, (scheme, scale, zero point) or (scheme, scales, zero points, axis), …).
   */
  private static Object quantized(Global function, Object[] arguments) {
    Object plain = tensor(function, arguments, 5, null, -1);
    Object[] how = arguments[4] instanceof PickleTuple tuple ? tuple.items : new Object[0];
    boolean each = how.length == 3 && how[1] instanceof Double && how[2] instanceof Long;
    boolean channels = how.length == 4 && how[1] instanceof TensorRef && how[2] instanceof TensorRef
        && how[3] instanceof Long axis && axis >= 0 && axis < ((TensorRef) plain).shape().length;
    if (!each && !channels) {
      return new UnsupportedTensor(
          "it is quantised in a way that is not known; call dequantize() on it before saving");
    }
    TensorRef raw = (TensorRef) plain;
    Quantizer quantizer = each
        ? new Quantizer((Double) how[1], (Long) how[2], null, null, 0)
        : new Quantizer(0, 0, (TensorRef) how[1], (TensorRef) how[2], ((Long) how[3]).intValue());
    return new TensorRef(raw.storage(), null, raw.offset(), raw.shape(), raw.strides(), false, false,
        quantizer);
  }

  private static ElementType dtype(Object[] arguments) {
    ElementType type = arguments.length > 6 && arguments[6] instanceof Global global
        && global.module().equals("torch")
            ? DTYPES.get(global.name())
            : null;
    if (type == null) {
      String name = arguments.length > 6 && arguments[6] instanceof Global global ? global.toString()
          : "(none)";
      throw new PickleException("a tensor has the element type " + Text.quote(name)
          + ", which is not supported; convert it to float32 before saving");
    }
    return type;
  }

  private static boolean flag(Object metadata, String name) {
    if (metadata instanceof PickleDict dict) {
      if (dict.keys.size() > MAX_FLAGS) {
        throw new PickleException("a tensor has " + dict.keys.size() + " flags");
      }
      int index = dict.keys.lastIndexOf(name);
      return index >= 0 && Boolean.TRUE.equals(dict.values.get(index));
    }
    return false;
  }

  /** The numbers of a tuple or list; null where something else is in it. */
  private static long[] numbers(Object value) {
    List<Object> items = value instanceof PickleTuple tuple ? Arrays.asList(tuple.items)
        : value instanceof PickleList list ? list.items : null;
    if (items == null || items.size() > ArrayData.MAX_RANK
        || !items.stream().allMatch(Long.class::isInstance)) {
      return null;
    }
    return items.stream().mapToLong(Long.class::cast).toArray();
  }

  private static PickleException malformed(Global function) {
    return new PickleException("the arguments of " + function + " are not those of a tensor");
  }
}
