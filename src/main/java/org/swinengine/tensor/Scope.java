package org.swinengine.tensor;

import java.util.ArrayList;
import java.util.List;
import org.swinengine.backend.Buffer;

/**
 * The stretch of a thread's work to which new tensors belong. When a scope closes, the memory of its tensors
 * goes back to the pool, but for what was kept, and what somebody else (a tape that saved it) holds a
 * reference to. Scopes nest: a kept tensor moves to the scope around; outside any scope it lives as long as
 * it is reachable.
 *
 * <pre>{@code
 * try (Scope scope = Scope.open()) {
 *   Tensor hidden = ...;          // goes back at the end
 *   return scope.keep(result);    // belongs to the scope around, or to the caller
 * }
 * }</pre>
 */
public final class Scope implements AutoCloseable {
  private static final ThreadLocal<Scope> CURRENT = new ThreadLocal<>();

  private final Scope parent;
  private final boolean collecting;
  private final List<Buffer> buffers;

  private Scope(Scope parent, boolean collecting) {
    this.parent = parent;
    this.collecting = collecting;
    this.buffers = collecting ? new ArrayList<>() : List.of();
  }

  /** Opens a scope within the thread's present one. */
  public static Scope open() {
    return enter(true);
  }

  /**
   * Opens a stretch whose tensors belong to no scope: they live as long as they are reachable. For parameters
   * and other things that outlast the work around them.
   */
  public static Scope detached() {
    return enter(false);
  }

  private static Scope enter(boolean collecting) {
    Scope scope = new Scope(CURRENT.get(), collecting);
    CURRENT.set(scope);
    return scope;
  }

  /** Registers a new buffer, whose one reference now belongs to the thread's scope, if there is one. */
  static void register(Buffer buffer) {
    Scope scope = CURRENT.get();
    if (scope != null && scope.collecting) {
      scope.buffers.add(buffer);
    }
  }

  /**
   * Moves a tensor of this scope, and its companion, to the one around it. A tensor that is not this scope's
   * stays as it is.
   */
  public Tensor keep(Tensor tensor) {
    if (collecting && buffers.remove(tensor.buffer()) && parent != null && parent.collecting) {
      parent.buffers.add(tensor.buffer());
    }
    Tensor companion = tensor.rowStatistics();
    if (companion != null) {
      keep(companion);
    }
    return tensor;
  }

  /**
   * Gives a tensor of the thread's present scope, and its companion, back before the scope ends. A tensor
   * that is not that scope's stays as it is.
   */
  public static void giveBack(Tensor tensor) {
    Scope scope = CURRENT.get();
    if (scope != null && scope.collecting && scope.buffers.remove(tensor.buffer())) {
      tensor.buffer().release();
    }
    Tensor companion = tensor.rowStatistics();
    if (companion != null) {
      giveBack(companion);
    }
  }

  /** Gives the memory back. Scopes close in the opposite order of their opening, on their own thread. */
  @Override
  public void close() {
    if (CURRENT.get() != this) {
      throw new IllegalStateException("scopes must be closed on their thread, the last opened first");
    }
    if (parent == null) {
      CURRENT.remove();
    } else {
      CURRENT.set(parent);
    }
    for (Buffer buffer : buffers) {
      buffer.release();
    }
  }
}
