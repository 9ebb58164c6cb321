package org.swinengine.weights;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.swinengine.weights.PickleLimits.PickleException;
import org.swinengine.weights.PickleValues.Global;
import org.swinengine.weights.PickleValues.PickleList;
import org.swinengine.weights.PickleValues.PickleTuple;
import org.swinengine.weights.PickleValues.StorageRef;

/**
 * Checkpoints in the format of {@code torch.save} before version 1.6 (and of {@code
 * _use_new_zipfile_serialization=False}): five pickles one after the other (a magic number, a version, facts
 * about the machine, the object, the keys of the storages in their order), then for each key a count and the
 * elements.
 */
final class TorchLegacy {
  private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
  private static final long PROTOCOL = 1001;

  /** What a view of a storage is called, after its root's key. */
  private static final String VIEW = "\u0000view ";

  private final WeightFile file;
  private final PickleLimits limits = new PickleLimits();
  private final PickleInput in;
  private final Map<String, ByteSource> found = new HashMap<>();
  private final Map<String, StorageRef> roots = new HashMap<>();
  private final Map<String, long[]> views = new HashMap<>();
  private TorchStorages storages;

  private TorchLegacy(WeightFile file, byte[] start) {
    this.file = file;
    in = new PickleInput(start);
  }

  /** @param key the key that holds the state dict; null to look for it */
  static StateDict read(WeightFile file, String key) {
    byte[] start;
    try {
      start = file.read(0, (int) Math.min(file.size(), PickleLimits.MAX_BYTES));
    } catch (IOException e) {
      throw WeightFile.unreadable(file.path(), e);
    }
    return new TorchLegacy(file, start).read(key);
  }

  private StateDict read(String key) {
    try {
      if (!MAGIC.equals(next())) {
        throw new PickleException("it does not begin with PyTorch's magic number");
      }
      Object protocol = next();
      if (!Long.valueOf(PROTOCOL).equals(protocol)) {
        throw new PickleException("it has the version " + shown(protocol) + " instead of " + PROTOCOL);
      }
      // The machine's byte order: storages are written little-endian whatever it is, and PyTorch does not
      // look either.
      next();
      storages = new TorchStorages(file.path().toString(), found::get, false);
      Object value = machine().run();
      locate(next());
      return new CheckpointLayout(file.path(), storages, limits).find(value, key);
    } catch (PickleException e) {
      throw WeightFileException.in(file.path(),
          "the checkpoint, in PyTorch's format from before version 1.6, is not sound:"
              + " " + e.getMessage() + " (byte " + in.position() + " of " + file.size()
              + "). The file is damaged or made to deceive; get it again from where it came.",
          e);
    }
  }

  private Object next() {
    return machine().run();
  }

  private PickleMachine machine() {
    return new PickleMachine(in, limits, new PickleConstructors(limits), this::resolve);
  }

  private static String shown(Object value) {
    return value instanceof Long || value instanceof String ? Text.quote(value.toString()) : "something else";
  }

  /**
   * A persistent id: ("storage", class, key, location, count, view), where the view is None or (key, offset,
   * count) in the storage; or ("module", class, file, source).
   */
  private Object resolve(Object id) {
    Object[] items = id instanceof PickleTuple tuple ? tuple.items : new Object[0];
    if (items.length > 1 && "module".equals(items[0]) && items[1] instanceof Global) {
      return items[1];
    }
    if (storages == null || items.length < 5 || items.length > 6) {
      throw new PickleException(
          "a reference to a storage is not (\"storage\", class, key, location, count, view)");
    }
    Object[] plain = Arrays.copyOf(items, 5);
    StorageRef root = storages.resolve(new PickleTuple(plain));
    roots.put(root.key(), root);
    Object view = items.length == 6 ? items[5] : null;
    return view == null ? root : view(root, view);
  }

  private StorageRef view(StorageRef root, Object view) {
    Object[] items = view instanceof PickleTuple tuple ? tuple.items : new Object[0];
    boolean sound = items.length == 3 && items[0] instanceof String && items[1] instanceof Long
        && items[2] instanceof Long;
    long offset = sound ? (Long) items[1] : -1;
    long count = sound ? (Long) items[2] : -1;
    if (offset < 0 || count < 0 || offset > root.count() - count) {
      throw new PickleException(
          "a view of the storage " + Text.quote(root.key()) + " does not lie within it");
    }
    String key = root.key() + VIEW + offset + " " + count;
    views.put(key, new long[] {offset, count});
    return new StorageRef(key, root.type(), count, root.unsupported());
  }

  /** Finds the storages behind the pickles. */
  private void locate(Object keys) {
    List<Object> order = keys instanceof PickleList list ? list.items : null;
    if (order == null) {
      throw new PickleException("the keys of the storages are no list");
    }
    long at = in.position();
    for (Object key : order) {
      StorageRef storage = key instanceof String ? roots.get(key) : null;
      if (storage == null) {
        throw new PickleException("there is a storage " + shown(key) + " that nothing refers to");
      }
      long count = count(at);
      int unit = storage.unsupported() != null ? unsupportedUnit(storage) : unit(storage);
      if (count < 0 || count > (file.size() - at - Long.BYTES) / unit) {
        throw new PickleException("the storage " + Text.quote(storage.key()) + " should have " + count
            + " elements, which reach beyond the end of the file");
      }
      if (found.put(storage.key(), file.region(at + Long.BYTES, count * unit)) != null) {
        throw new PickleException("the storage " + Text.quote(storage.key()) + " is there twice");
      }
      at += Long.BYTES + count * unit;
    }
    if (at != file.size()) {
      throw new PickleException((file.size() - at) + " bytes follow the last storage");
    }
    views.forEach(
        (key, view) -> {
          StorageRef root = roots.get(key.substring(0, key.indexOf(VIEW)));
          ByteSource whole = found.get(root.key());
          int unit = unit(root);
          if (whole == null || view[0] * unit + view[1] * unit > whole.size()) {
            throw new PickleException(
                "a view of the storage " + Text.quote(root.key()) + " does not lie within it");
          }
          found.put(key, new ByteSource.Part(whole, view[0] * unit, view[1] * unit));
        });
  }

  private static int unit(StorageRef storage) {
    return storage.type() == null ? 1 : storage.type().byteSize();
  }

  /** The elements of the quantised classes; they cannot be read, but what follows them can. */
  private static int unsupportedUnit(StorageRef storage) {
    return storage.unsupported().contains("QInt32") ? 4 : 1;
  }

  private long count(long at) {
    try {
      return ByteBuffer.wrap(file.read(at, Long.BYTES))
          .order(ByteOrder.LITTLE_ENDIAN)
          .getLong();
    } catch (IOException e) {
      throw new PickleException("the file ends before its last storage");
    }
  }
}
