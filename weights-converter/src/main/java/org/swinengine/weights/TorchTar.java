package org.swinengine.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.swinengine.weights.PickleLimits.PickleException;
import org.swinengine.weights.PickleValues.Global;
import org.swinengine.weights.PickleValues.PickleList;
import org.swinengine.weights.PickleValues.PickleTuple;
import org.swinengine.weights.PickleValues.StorageRef;
import org.swinengine.weights.PickleValues.TensorRef;

/**
 * Checkpoints of PyTorch 0.1 (2016 and 2017): a tar archive of {@code storages} (the elements), {@code
 * tensors} (views of them) and {@code pickle}, whose persistent ids are the numbers that the first two give.
 * PyTorch's {@code _legacy_load}.
 */
final class TorchTar {
  private static final List<String> PARTS = List.of("storages", "tensors", "pickle");

  /** Longer than any (key, location, class). */
  private static final int RECORD_BYTES = 4096;

  private final WeightFile file;
  private final Map<String, TarDirectory.Entry> entries;
  private final PickleLimits limits = new PickleLimits();
  private final Map<String, ByteSource> found = new HashMap<>();
  private final Map<Long, StorageRef> storagesById = new HashMap<>();
  private final Map<Long, TensorRef> tensorsById = new HashMap<>();
  private final TorchStorages storages;

  private TorchTar(WeightFile file, Map<String, TarDirectory.Entry> entries) {
    this.file = file;
    this.entries = entries;
    storages = new TorchStorages(file.path().toString(), found::get, false);
  }

  /**
   * @param key the key that holds the state dict; null to look for it
   * @throws WeightFileException if the archive is another one, or damaged
   */
  static StateDict read(WeightFile file, String key) {
    Map<String, TarDirectory.Entry> entries = TarDirectory.read(file);
    for (String part : PARTS) {
      if (!entries.containsKey(part)) {
        throw WeightFileException.in(
            file.path(),
            "this is a tar archive without an entry \"" + part
                + "\", so no checkpoint of PyTorch 0.1; unpack it and name the weight file in it.");
      }
    }
    return new TorchTar(file, entries).read(key);
  }

  private StateDict read(String key) {
    Reader in = null;
    try {
      in = new Reader("storages");
      readStorages(in);
      in = new Reader("tensors");
      readTensors(in);
      in = new Reader("pickle");
      Object value = in.pickle((int) Math.min(in.remaining(), PickleLimits.MAX_BYTES), this::resolve);
      return new CheckpointLayout(file.path(), storages, limits).find(value, key);
    } catch (PickleException e) {
      throw WeightFileException.in(
          file.path(),
          "the checkpoint of PyTorch 0.1 is not sound: " + e.getMessage() + " (entry \"" + in.part
              + "\", byte " + in.at
              + "). The file is damaged or made to deceive; get it again from where it came.",
          e);
    }
  }

  /** A count, for each storage (key, location, class) and its elements, then views of them. */
  private void readStorages(Reader in) {
    long count = in.count();
    for (long i = 0; i < count; i++) {
      Object[] items = in.record(3);
      long id = number(items[0]);
      StorageRef untyped = storages.resolve(
          new PickleTuple("storage", items[2], Long.toString(id), "cpu", in.peekLong()));
      long elements = in.int64();
      int unit = untyped.type() == null ? 1 : untyped.type().byteSize();
      if (elements < 0 || elements > in.remaining() / unit) {
        throw new PickleException(
            "the storage " + id + " should have " + elements + " elements, more than there are");
      }
      found.put(untyped.key(), in.region(elements * unit));
      if (storagesById.put(id, untyped) != null) {
        throw new PickleException("the storage " + id + " is there twice");
      }
    }
    Object views = in.pickle((int) Math.min(in.remaining(), PickleLimits.MAX_BYTES), id -> id);
    if (!(views instanceof PickleList list)) {
      throw new PickleException("the views of the storages are no list");
    }
    list.items.forEach(view -> addView(items(view, 4)));
  }

  /** (own number, number of the whole storage, offset and count in elements). */
  private void addView(Object[] view) {
    StorageRef root = storage(number(view[1]));
    long offset = number(view[2]);
    long count = number(view[3]);
    if (offset < 0 || count < 0 || offset > root.count() - count) {
      throw new PickleException("a view of the storage " + root.key() + " does not lie within it");
    }
    int unit = root.type() == null ? 1 : root.type().byteSize();
    long id = number(view[0]);
    StorageRef part = new StorageRef("view " + id, root.type(), count, root.unsupported());
    found.put(part.key(), new ByteSource.Part(found.get(root.key()), offset * unit, count * unit));
    if (storagesById.put(id, part) != null) {
      throw new PickleException("the storage " + id + " is there twice");
    }
  }

  /** A count, then (key, storage, class), rank, sizes, strides and offset of each. */
  private void readTensors(Reader in) {
    long count = in.count();
    for (long i = 0; i < count; i++) {
      Object[] items = in.record(3);
      StorageRef storage = storage(number(items[1]));
      // The rank takes four bytes, and four more that are not used.
      long rank = in.int64() & 0xffffffffL;
      if (rank > ArrayData.MAX_RANK) {
        throw new PickleException("a tensor has " + rank + " axes");
      }
      long[] shape = in.int64s((int) rank);
      long[] strides = in.int64s((int) rank);
      TensorRef tensor = new TensorRef(storage, null, in.int64(), shape, strides, false, false, null);
      if (tensorsById.put(number(items[0]), tensor) != null) {
        throw new PickleException("the tensor " + items[0] + " is there twice");
      }
    }
  }

  /** The number of a tensor or storage; or a module's class with its source, of which the class is kept. */
  private Object resolve(Object id) {
    if (id instanceof PickleTuple tuple && tuple.items.length > 0 && tuple.items[0] instanceof Global) {
      return tuple.items[0];
    }
    // As text, or as the number itself.
    boolean text = id instanceof String digits && digits.matches("\\d{1,18}");
    long number = text ? Long.parseLong((String) id) : number(id);
    TensorRef tensor = tensorsById.get(number);
    return tensor != null ? tensor : storage(number);
  }

  private StorageRef storage(long id) {
    StorageRef storage = storagesById.get(id);
    if (storage == null) {
      throw new PickleException("there is no storage " + id);
    }
    return storage;
  }

  private static long number(Object value) {
    if (value instanceof Long number) {
      return number;
    }
    throw new PickleException("a number is missing");
  }

  private static Object[] items(Object value, int count) {
    Object[] items = value instanceof PickleTuple tuple ? tuple.items
        : value instanceof PickleList list ? list.items.toArray() : new Object[0];
    if (items.length != count) {
      throw new PickleException("a record has not the " + count + " parts that it should have");
    }
    return items;
  }

  /** One entry, read from its beginning to its end. */
  private final class Reader {
    private final String part;
    private final TarDirectory.Entry entry;
    private long at;

    Reader(String part) {
      this.part = part;
      entry = entries.get(part);
    }

    long remaining() {
      return entry.size() - at;
    }

    Object[] record(int parts) {
      return items(pickle((int) Math.min(remaining(), RECORD_BYTES), id -> id), parts);
    }

    long count() {
      long count = number(pickle((int) Math.min(remaining(), RECORD_BYTES), id -> id));
      if (count < 0 || count > PickleLimits.MAX_VALUES) {
        throw new PickleException("there should be " + count + " of them");
      }
      return count;
    }

    /** The pickle that begins here, of so many bytes at most. */
    Object pickle(int limit, Function<Object, Object> persistentIds) {
      PickleInput in = new PickleInput(bytes(limit));
      Object value = new PickleMachine(in, limits, new PickleConstructors(limits), persistentIds).run();
      at += in.position();
      return value;
    }

    long peekLong() {
      return ByteBuffer.wrap(bytes(Long.BYTES)).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    long int64() {
      long value = peekLong();
      at += Long.BYTES;
      return value;
    }

    long[] int64s(int n) {
      long[] values = new long[n];
      for (int i = 0; i < n; i++) {
        values[i] = int64();
      }
      return values;
    }

    ByteSource region(long length) {
      ByteSource region = file.region(entry.offset() + at, length);
      at += length;
      return region;
    }

    private byte[] bytes(int length) {
      if (length > remaining()) {
        throw new PickleException("it ends too early");
      }
      try {
        return file.read(entry.offset() + at, length);
      } catch (IOException e) {
        throw WeightFile.unreadable(file.path(), e);
      }
    }
  }
}
