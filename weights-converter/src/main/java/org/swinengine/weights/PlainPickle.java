package org.swinengine.weights;

import java.io.IOException;
import java.util.List;
import org.swinengine.weights.PickleLimits.PickleException;

/** Pickles of other programs: no weights are read from them, but what they would do in Python is said. */
final class PlainPickle {
  private static final int NAMED = 5;

  private PlainPickle() {}

  /** The sentence for such a file. */
  static WeightFileException refuse(WeightFile file) {
    List<String> calls = calls(file);
    if (calls.isEmpty()) {
      return WeightFileException.in(file.path(), "this is a plain Python pickle, not a file of torch.save; "
          + "load it in Python and save the weights with torch.save or as safetensors.");
    }
    String named = String.join(", ", calls.subList(0, Math.min(NAMED, calls.size())))
        + (calls.size() > NAMED ? " and " + (calls.size() - NAMED) + " more" : "");
    return WeightFileException.in(file.path(), "this is a plain Python pickle, not a file of torch.save. "
        + "Loaded in Python it would call " + named + "; nothing of it was called here. Only if you trust "
        + "where it comes from, load it in Python and save the weights with torch.save or as safetensors.");
  }

  /** The calls of all pickles that follow each other, as far as they can be understood. */
  private static List<String> calls(WeightFile file) {
    PickleLimits limits = new PickleLimits();
    try {
      PickleInput in =
          new PickleInput(file.read(0, (int) Math.min(file.size(), PickleLimits.MAX_BYTES)));
      while (in.remaining() > 0) {
        new PickleMachine(in, limits, new PickleConstructors(limits), id -> null).run();
      }
    } catch (PickleException e) {
      // What stands before the damage would have been called all the same.
    } catch (IOException e) {
      throw WeightFile.unreadable(file.path(), e);
    }
    return limits.calls();
  }
}
