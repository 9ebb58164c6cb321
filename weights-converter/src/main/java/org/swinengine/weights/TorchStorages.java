package org.swinengine.weights;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.swinengine.weights.PickleLimits.PickleException;
import org.swinengine.weights.PickleValues.Global;
import org.swinengine.weights.PickleValues.PickleTuple;
import org.swinengine.weights.PickleValues.Quantizer;
import org.swinengine.weights.PickleValues.StorageRef;
import org.swinengine.weights.PickleValues.TensorRef;

/** The storages of a checkpoint: resolves the references in the pickle, and views of them to arrays. */
final class TorchStorages {
  /** An expanded tensor (stride 0) may be larger than its storage, but not without bound. */
  private static final long MAX_EXPANDED_BYTES = 256L << 20;

  /**
   * Scales and zero points are read with the pickle; no model has as many channels as this in all its layers.
   */
  private static final long MAX_QUANTIZED_CHANNELS = 4_000_000;

  /** Whole numbers that stand for others; a tensor of them says how. */
  private static final Map<String, ElementType> QUANTIZED = Map.of(
      "QInt8Storage", ElementType.I8, "QUInt8Storage", ElementType.U8, "QInt32Storage", ElementType.I32);

  private static final Map<String, ElementType> CLASSES = Map.ofEntries(
      Map.entry("DoubleStorage", ElementType.F64), Map.entry("FloatStorage", ElementType.F32),
      Map.entry("HalfStorage", ElementType.F16), Map.entry("BFloat16Storage", ElementType.BF16),
      Map.entry("LongStorage", ElementType.I64), Map.entry("IntStorage", ElementType.I32),
      Map.entry("ShortStorage", ElementType.I16), Map.entry("CharStorage", ElementType.I8),
      Map.entry("ByteStorage", ElementType.U8), Map.entry("BoolStorage", ElementType.BOOL),
      Map.entry("ComplexFloatStorage", ElementType.C64), Map.entry("ComplexDoubleStorage", ElementType.C128));

  /** Finds the bytes of a storage; null where the file has none of that key. */
  interface Locator {
    ByteSource find(String key);
  }

  private final String file;
  private final Locator locator;
  private final boolean bigEndian;
  private final Map<String, StorageRef> byKey = new HashMap<>();
  private long quantizedChannels;

  TorchStorages(String file, Locator locator, boolean bigEndian) {
    this.file = file;
    this.locator = locator;
    this.bigEndian = bigEndian;
  }

  /** The storage that a persistent id of a zip checkpoint names: ("storage", class, key, location, count). */
  StorageRef resolve(Object id) {
    Object[] items = id instanceof PickleTuple tuple ? tuple.items : new Object[0];
    boolean sound = items.length == 5 && "storage".equals(items[0]) && items[1] instanceof Global
        && items[2] instanceof String key && key.length() <= PickleInput.MAX_LINE && items[4] instanceof Long;
    if (!sound) {
      throw new PickleException("a reference to a storage is not (\"storage\", class, key, location, count)");
    }
    StorageRef storage = describe((Global) items[1], (String) items[2], (Long) items[4]);
    StorageRef known = byKey.putIfAbsent(storage.key(), storage);
    if (known != null && !known.equals(storage)) {
      throw new PickleException("storage " + Text.quote(storage.key()) + " is described in two ways");
    }
    return known != null ? known : storage;
  }

  private static StorageRef describe(Global type, String key, long count) {
    boolean untyped = type.module().equals("torch.storage")
        && (type.name().equals("UntypedStorage") || type.name().equals("_UntypedStorage"));
    if (untyped) {
      return new StorageRef(key, null, count, null);
    }
    boolean torch = type.module().equals("torch") || type.module().equals("torch.cuda");
    ElementType element = torch ? CLASSES.getOrDefault(type.name(), QUANTIZED.get(type.name())) : null;
    String unsupported = element != null ? null
        : "its storage is of the class " + Text.quote(type.toString()) + ", which is not supported; "
            + (type.name().startsWith("Q") ? "call dequantize() on it before saving" : "save it as float32");
    return new StorageRef(key, element, count, unsupported);
  }

  /**
   * The array that a tensor of the pickle stands for.
   *
   * @throws WeightFileException when its storage is missing or has another size, or the view does not fit in
   * it
   */
  ArrayData array(TensorRef tensor, String name) {
    ArrayData stored = stored(tensor, name);
    return tensor.quantizer() == null ? stored : dequantized(stored, tensor.quantizer(), name);
  }

  private ArrayData dequantized(ArrayData stored, Quantizer quantizer, String name) {
    if (!stored.type().isIntegral()) {
      throw damaged(file + ", tensor " + Text.quote(name),
          "it is quantised, but its elements are " + stored.type());
    }
    if (quantizer.scales() == null) {
      return ArrayParts.dequantized(
          stored, new double[] {quantizer.scale()}, new double[] {quantizer.zeroPoint()}, -1);
    }
    ArrayData scales = stored(quantizer.scales(), name + " (scales)");
    ArrayData zeroPoints = stored(quantizer.zeroPoints(), name + " (zero points)");
    long channels = stored.shape()[quantizer.axis()];
    if (scales.count() != channels || zeroPoints.count() != channels) {
      throw damaged(file + ", tensor " + Text.quote(name), "it has " + channels + " channels, but "
          + scales.count() + " scales and " + zeroPoints.count() + " zero points");
    }
    quantizedChannels += channels;
    if (quantizedChannels > MAX_QUANTIZED_CHANNELS) {
      throw new WeightFileException(
          file + ", tensor " + Text.quote(name) + ": the quantised tensors up to this one have "
              + quantizedChannels
              + " scales, more than any model needs; call dequantize() on them before saving, if it "
              + "is meant.");
    }
    return ArrayParts.dequantized(stored, scales.toDoubles(), zeroPoints.toDoubles(), quantizer.axis());
  }

  private ArrayData stored(TensorRef tensor, String name) {
    String label = file + ", tensor " + Text.quote(name);
    StorageRef storage = tensor.storage();
    if (storage.unsupported() != null) {
      throw new WeightFileException(label + ": " + storage.unsupported() + ".");
    }
    ElementType type = tensor.type() != null ? tensor.type() : storage.type();
    if (type == null || storage.type() != null && storage.type() != type) {
      throw damaged(label, "the tensor's element type does not go with its storage");
    }
    ByteSource source = source(storage, label);
    long count = ArrayData.count(label, tensor.shape());
    requireWithin(tensor, type, count, source.size(), label);
    ArrayData.Layout layout = new ArrayData.Layout(
        Math.multiplyExact(tensor.offset(), (long) type.byteSize()), tensor.strides(), bigEndian,
        tensor.negate(),
        tensor.conjugate());
    return new ArrayData(label, type, tensor.shape(), source, layout);
  }

  private ByteSource source(StorageRef storage, String label) {
    int unit = storage.type() == null ? 1 : storage.type().byteSize();
    ByteSource source = locator.find(storage.key());
    if (source == null) {
      throw damaged(label, "its storage " + Text.quote(storage.key()) + " is not in the file");
    }
    if (storage.count() < 0 || source.size() % unit != 0 || source.size() / unit != storage.count()) {
      throw damaged(label, "its storage " + Text.quote(storage.key()) + " should have " + storage.count()
          + " elements of " + unit + " bytes, but has " + source.size() + " bytes");
    }
    return source;
  }

  private static void requireWithin(TensorRef tensor, ElementType type, long count, long stored,
      String label) {
    long[] strides = tensor.strides();
    if (strides.length != tensor.shape().length || Arrays.stream(strides).anyMatch(stride -> stride < 0)
        || tensor.offset() < 0) {
      throw damaged(label, "shape " + Arrays.toString(tensor.shape()) + ", strides "
          + Arrays.toString(strides)
          + " and offset " + tensor.offset() + " make no view of a storage");
    }
    long elements = stored / type.byteSize();
    boolean fits;
    try {
      long end = tensor.offset();
      for (int axis = 0; axis < strides.length && count > 0; axis++) {
        end = Math.addExact(end, Math.multiplyExact(tensor.shape()[axis] - 1, strides[axis]));
      }
      fits = count > 0 ? end < elements : end <= elements;
    } catch (ArithmeticException e) {
      fits = false;
    }
    if (!fits) {
      throw damaged(label, "shape " + Arrays.toString(tensor.shape()) + " with strides "
          + Arrays.toString(strides)
          + " and offset " + tensor.offset() + " reaches beyond the " + elements
          + " elements of its storage");
    }
    long allowed = Math.max(stored, MAX_EXPANDED_BYTES) / type.byteSize();
    if (count > allowed) {
      throw new WeightFileException(label + ": shape " + Arrays.toString(tensor.shape())
          + " repeats a few stored elements " + count + " times in all, more than any weights need; call "
          + "contiguous() on it before saving, if it is meant.");
    }
  }

  private static WeightFileException damaged(String label, String reason) {
    return new WeightFileException(label + ": " + reason + "; the file is damaged, get it again.");
  }
}
