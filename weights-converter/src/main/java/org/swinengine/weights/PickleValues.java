package org.swinengine.weights;

import java.util.ArrayList;
import java.util.List;

/**
 * What the pickle machine puts on its stack, besides null, Boolean, Long, BigInteger, Double, String and
 * byte[]. Plain classes without equals, hashCode and toString of their own: contents may contain themselves,
 * and a dictionary is a list of pairs, so that no key is ever hashed.
 */
final class PickleValues {
  private PickleValues() {}

  /** The name of a class or function; only ever a name. */
  record Global(String module, String name) {
    @Override
    public String toString() {
      return module + "." + name;
    }
  }

  static final class PickleTuple {
    static final PickleTuple EMPTY = new PickleTuple();
    final Object[] items;

    PickleTuple(Object... items) {
      this.items = items;
    }
  }

  static final class PickleList {
    final List<Object> items = new ArrayList<>(0);
  }

  static final class PickleSet {
    final List<Object> items = new ArrayList<>(0);
  }

  static final class PickleDict {
    final List<Object> keys = new ArrayList<>(0);
    final List<Object> values = new ArrayList<>(0);

    void put(Object key, Object value) {
      keys.add(key);
      values.add(value);
    }
  }

  /** The call of something that is not on the list of known constructors: never made, only noted down. */
  static final class PickleObject {
    final Object callable;
    final PickleTuple arguments;
    final List<Object> items = new ArrayList<>(0);
    final PickleDict entries = new PickleDict();
    Object state;

    PickleObject(Object callable, PickleTuple arguments) {
      this.callable = callable;
      this.arguments = arguments;
    }

    String className() {
      return callable instanceof Global global ? global.toString() : "(the result of another call)";
    }
  }

  /**
   * A storage that a checkpoint refers to.
   *
   * @param type null for an untyped storage, whose {@code count} is in bytes
   * @param unsupported why the elements cannot be read; null where they can
   */
  record StorageRef(String key, ElementType type, long count, String unsupported) {}

  /**
   * A view of a storage, as yet unchecked.
   *
   * @param type null for the storage's own type
   * @param quantizer what the elements stand for; null for themselves
   */
  record TensorRef(StorageRef storage, ElementType type, long offset, long[] shape, long[] strides,
      boolean negate, boolean conjugate, Quantizer quantizer) {}

  /**
   * What the elements of a quantised tensor stand for: {@code (element − zeroPoint)·scale}.
   *
   * @param scale of all elements, where {@code scales} is null
   * @param zeroPoint the same
   * @param scales for each index on the axis
   * @param zeroPoints for each index on the axis
   */
  record Quantizer(double scale, long zeroPoint, TensorRef scales, TensorRef zeroPoints, int axis) {}

  /** A tensor of a kind that has no plain elements, such as a quantised or sparse one. */
  record UnsupportedTensor(String reason) {}
}
