package org.swinengine.weights;

import java.io.IOException;
import java.nio.file.Path;
import org.swinengine.weights.PickleLimits.PickleException;

/**
 * A file that is one pickle, as Python's {@code pickle.dump} writes it (protocols 2 to 5), read without
 * Python: nothing that it names is loaded or called.
 */
public final class PickleFile {
  private static final int LARGEST = 1 << 30;

  private PickleFile() {}

  /**
   * What the pickle holds: maps, lists (of tuples and sets too), texts, Longs, Doubles, Booleans, byte
   * arrays, NumPy's arrays as {@link ArrayData}, an {@link InertObject} for all else, or null. Texts of
   * Python 2, which may be bytes, have a character for each byte.
   *
   * @throws WeightFileException with a sentence for the user if it cannot be read
   */
  public static Object read(Path path) {
    WeightFile file = WeightFile.of(path);
    if (file.size() > LARGEST) {
      throw WeightFileException.in(path, "the file has " + file.size() + " bytes, more than the " + LARGEST
          + " that a pickle of data may have.");
    }
    byte[] bytes;
    try {
      bytes = file.read(0, (int) file.size());
    } catch (IOException e) {
      throw WeightFile.unreadable(path, e);
    }
    PickleInput in = new PickleInput(bytes);
    // An array is copied once out of the text that Python 2 made of it.
    PickleLimits limits = new PickleLimits(Math.max(PickleLimits.MAX_BYTES, file.size()));
    try {
      Object value =
          new PickleMachine(in, limits, new PickleConstructors(limits), PickleFile::noStorage).run();
      return new InertConversion(new TorchStorages(path.toString(), key -> null, false), limits)
          .convert(value, "pickle");
    } catch (PickleException e) {
      throw WeightFileException.in(path, "this is no pickle that can be read: " + e.getMessage() + " (byte "
          + in.position() + " of " + file.size() + "). Get the file again.", e);
    }
  }

  private static Object noStorage(Object id) {
    throw new PickleException("it refers to something outside of itself");
  }
}
