package org.swinengine.autograd;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.Deferral;
import org.swinengine.tensor.Scope;
import org.swinengine.tensor.ShapeException;
import org.swinengine.tensor.Tensor;

/**
 * Records the operations of its thread while it is open, and runs them backwards.
 *
 * <pre>{@code
 * try (Tape tape = Tape.open()) {
 *   Variable loss = CrossEntropyOp.apply(model.forward(images, mode), labels, 0);
 *   tape.backward(loss);
 * }
 * }</pre>
 *
 * <p>The tape holds references to the tensors that backward needs, and gives each back as soon as the
 * operation that saved it has run. A tape serves one backward pass.
 */
public final class Tape implements AutoCloseable {
  private record Node(Variable output, Backward backward, Tensor[] saved, String operation, String where) {}

  /** The thread's innermost open tape; a pause is an entry without a tape. */
  private static final ThreadLocal<Entry> CURRENT = new ThreadLocal<>();

  private record Entry(@Nullable Tape tape, @Nullable Entry outer) {}

  private final List<Node> nodes = new ArrayList<>();
  private final boolean verifying;
  private boolean closed;
  private boolean ran;

  private Tape(boolean verifying) {
    this.verifying = verifying;
  }

  /**
   * Opens a tape on this thread, within the one that may be open: operations are recorded on the innermost.
   */
  public static Tape open() {
    return open(false);
  }

  /**
   * Opens a tape that looks at every value and gradient and throws a {@link NonFiniteException} at the first
   * that is infinite or not a number. Slow: for finding out which layer a diverged step died in.
   */
  public static Tape openVerifying() {
    return open(true);
  }

  static Tape open(boolean verifying) {
    Tape tape = new Tape(verifying);
    CURRENT.set(new Entry(tape, CURRENT.get()));
    return tape;
  }

  /** Records nothing on this thread until the pause is closed: PyTorch's {@code no_grad}. */
  public static Pause pause() {
    Entry entry = new Entry(null, CURRENT.get());
    CURRENT.set(entry);
    return () -> leave(entry);
  }

  /** A stretch without recording. */
  public interface Pause extends AutoCloseable {
    @Override
    void close();
  }

  private static void leave(Entry entry) {
    if (CURRENT.get() != entry) {
      throw new IllegalStateException("tapes must be closed on their thread, the last opened first");
    }
    if (entry.outer() == null) {
      CURRENT.remove();
    } else {
      CURRENT.set(entry.outer());
    }
  }

  /** Whether the thread's innermost tape looks at every value. */
  static boolean isVerifying() {
    Entry entry = CURRENT.get();
    return entry != null && entry.tape() != null && entry.tape().verifying;
  }

  /** Whether a tape of this thread is open, if only behind a pause. */
  public static boolean isOpen() {
    for (Entry entry = CURRENT.get(); entry != null; entry = entry.outer()) {
      if (entry.tape() != null) {
        return true;
      }
    }
    return false;
  }

  /** Whether an operation with these inputs (null entries allowed) must save what its backward half needs. */
  public static boolean records(@Nullable Variable... inputs) {
    Entry entry = CURRENT.get();
    if (entry == null || entry.tape() == null) {
      return false;
    }
    for (Variable input : inputs) {
      if (input != null && input.requiresGradient()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Records an operation; call only where {@link #records} said so.
   *
   * @param operation its name, for errors
   * @param where path of the parameter that it works with, for errors; empty if it has none
   * @param value its result
   * @param saved tensors that the backward half reads (inputs' values included); null entries allowed
   * @param backward its backward half
   */
  public static Variable record(
      String operation, String where, Tensor value, @Nullable Tensor[] saved, Backward backward) {
    Tape tape = Objects.requireNonNull(CURRENT.get().tape(), "no tape is open");
    if (tape.verifying) {
      NonFiniteException.check(value, "the result", operation, where);
    }
    Variable output = new Variable(value, true);
    for (Tensor tensor : saved) {
      if (tensor != null) {
        tensor.buffer().retain();
      }
    }
    tape.nodes.add(new Node(output, backward, saved, operation, where));
    return output;
  }

  /** Runs the tape backwards from a scalar, whose gradient is 1. */
  public void backward(Variable loss) {
    ShapeException.check(
        loss.value().elements() == 1, "backward", "the loss has shape %s, but must be one number",
        loss.shape());
    try (Scope scope = Scope.open()) {
      backward(loss, Tensor.emptyLike(loss.value()).fill(1));
    }
  }

  /**
   * Runs the tape backwards.
   *
   * @param result what to differentiate
   * @param seed gradient of the result, with its shape
   */
  public void backward(Variable result, Tensor seed) {
    if (!result.requiresGradient()) {
      throw new IllegalStateException(
          "backward: the result depends on nothing that requires a gradient; was it computed while a tape was"
              + " open?");
    }
    if (ran) {
      throw new IllegalStateException(
          "backward: this tape has run already and has given back what it saved; record the operations again"
              + " on a new tape");
    }
    ran = true;
    seed.backend().prepareGradients();
    try (Deferral sums = seed.backend().deferSums();
        Pause pause = pause()) {
      try (Scope scope = Scope.open()) {
        new GradientFlow(seed).add(result, seed.copy());
      }
      for (int i = nodes.size() - 1; i >= 0; i--) {
        run(nodes.remove(i));
      }
    }
  }

  private void run(Node node) {
    Tensor gradient = node.output().gradient();
    try {
      if (gradient != null) {
        if (verifying) {
          NonFiniteException.check(gradient, "the gradient at the result", node.operation(), node.where());
        }
        try (Scope scope = Scope.open()) {
          node.backward().run(new GradientFlow(gradient));
        }
      }
    } finally {
      release(node);
    }
  }

  private static void release(Node node) {
    node.output().clearGradient();
    for (Tensor tensor : node.saved()) {
      if (tensor != null) {
        tensor.buffer().release();
      }
    }
  }

  /** Ends the recording and gives back what is still saved. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    Entry entry = CURRENT.get();
    if (entry == null || entry.tape() != this) {
      throw new IllegalStateException("tapes must be closed on their thread, the last opened first");
    }
    closed = true;
    leave(entry);
    for (Node node : nodes) {
      release(node);
    }
    nodes.clear();
  }

  /** Bytes of device memory that the tape keeps for the backward pass; buffers saved twice count once. */
  public long savedBytes() {
    Set<Buffer> buffers = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Node node : nodes) {
      for (Tensor tensor : node.saved()) {
        if (tensor != null) {
          buffers.add(tensor.buffer());
        }
      }
    }
    return buffers.stream().mapToLong(b -> b.size() * b.dtype().bytes()).sum();
  }
}
