package org.swinengine.weights;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.swinengine.weights.PickleValues.PickleObject;

/**
 * What one pickle may cost. Real checkpoints stay far below: about 20 values and 200 bytes a tensor. Copies
 * count as well, because a few bytes of a pickle can ask for the same large list to be copied again and
 * again. Also keeps account of the calls that were only noted down.
 */
final class PickleLimits {
  static final int MAX_BYTES = 64 << 20;
  static final int MAX_VALUES = 4_000_000;
  static final int MAX_MEMO = 4_000_000;

  private static final int MAX_CALLS = 200;
  private static final int MAX_NOTED = 10_000;

  /** Numbers and arrays of NumPy, which are read as such. */
  private static final Set<String> PLAIN_DATA =
      Set.of("numpy.core.multiarray.scalar", "numpy.core.multiarray._reconstruct", "numpy.dtype");

  private final Set<String> calls = new LinkedHashSet<>();
  private int noted;
  private int values;
  private long copiedBytes;
  private final long mostCopied;

  PickleLimits() {
    this(MAX_BYTES);
  }

  /** @param mostCopied bytes of text that may be copied in all */
  PickleLimits(long mostCopied) {
    this.mostCopied = mostCopied;
  }

  void countValues(int n) {
    if (n > MAX_VALUES - values) {
      throw new PickleException("it makes more than " + MAX_VALUES + " objects");
    }
    values += n;
  }

  void countCopiedBytes(int n) {
    copiedBytes += n;
    if (copiedBytes > mostCopied) {
      throw new PickleException("it copies more than " + mostCopied + " bytes of text");
    }
  }

  /** A call that Python would have made. */
  void noteCall(PickleObject call) {
    boolean plainData = PLAIN_DATA.contains(call.className().replace("numpy._core.", "numpy.core."));
    if (!plainData && ++noted <= MAX_NOTED && calls.size() < MAX_CALLS) {
      String arguments =
          Arrays.stream(call.arguments.items).limit(3).map(PickleLimits::shown)
              .collect(Collectors.joining(", "));
      calls.add(call.className() + "(" + arguments + (call.arguments.items.length > 3 ? ", …)" : ")"));
    }
  }

  private static String shown(Object argument) {
    if (argument instanceof String text) {
      return Text.quote(text);
    }
    boolean plain = argument == null || argument instanceof Number || argument instanceof Boolean;
    return plain || argument instanceof PickleValues.Global ? String.valueOf(argument) : "…";
  }

  /** The calls in their order, each once. */
  List<String> calls() {
    return List.copyOf(calls);
  }

  /** A malformed or excessive pickle; the reader of the file adds the file and the position. */
  static final class PickleException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PickleException(String reason) {
      super(reason);
    }
  }
}
