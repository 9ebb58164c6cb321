package org.swinengine.backend.cpu.runtime;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A fixed set of threads that share out the numbered pieces of one job at a time; the caller works too. Which
 * thread takes which piece is not fixed, so a piece's result must depend on its number alone.
 *
 * <p>Idle workers spin for a moment, because the next phase of a network follows within microseconds, and
 * then park. If a second thread brings a job while one is running, it does all its pieces itself.
 */
public final class WorkerPool implements AutoCloseable {
  /** A piece of work. */
  @FunctionalInterface
  public interface Task {
    /**
     * @param piece 0 ≤ piece &lt; pieces
     */
    void run(int piece);
  }

  /** Rounds of spinning before a thread parks: some tens of microseconds. */
  private static final int SPINS = 4000;

  private static final class Job {
    final Task task;
    final int pieces;
    final Thread owner = Thread.currentThread();
    final AtomicInteger next = new AtomicInteger();
    final AtomicInteger done = new AtomicInteger();
    volatile boolean ownerParked;
    volatile Throwable failure;

    Job(Task task, int pieces) {
      this.task = task;
      this.pieces = pieces;
    }

    void work() {
      for (int piece; (piece = next.getAndIncrement()) < pieces;) {
        try {
          task.run(piece);
        } catch (Throwable t) {
          failure = t;
        }
        if (done.incrementAndGet() == pieces && ownerParked) {
          LockSupport.unpark(owner);
        }
      }
    }

    boolean isDone() {
      return done.get() >= pieces;
    }
  }

  private final class Worker extends Thread {
    volatile boolean parked;

    Worker(int number) {
      super("swin-cpu-" + number);
      setDaemon(true);
    }

    @Override
    public void run() {
      Job seen = null;
      while (!closed) {
        Job job = current;
        for (int i = 0; job == seen && i < SPINS; i++) {
          Thread.onSpinWait();
          job = current;
        }
        if (job == seen) {
          parked = true;
          while (current == seen && !closed) {
            LockSupport.park(this);
          }
          parked = false;
          continue;
        }
        seen = job;
        if (job != null) {
          job.work();
        }
      }
    }
  }

  private final int threads;
  private final Worker[] workers;
  private final ReentrantLock dispatch = new ReentrantLock();
  private volatile Job current;
  private volatile boolean closed;

  /**
   * @param threads threads that work on a job, the caller included; at least 1
   */
  public WorkerPool(int threads) {
    this.threads = threads;
    workers = new Worker[threads - 1];
    for (int i = 0; i < workers.length; i++) {
      workers[i] = new Worker(i + 1);
      workers[i].start();
    }
  }

  public int threads() {
    return threads;
  }

  /** Runs {@code task} for every piece and returns when all are done. */
  public void run(int pieces, Task task) {
    if (pieces <= 1 || workers.length == 0 || !dispatch.tryLock()) {
      for (int piece = 0; piece < pieces; piece++) {
        task.run(piece);
      }
      return;
    }
    try {
      Job job = new Job(task, pieces);
      current = job;
      for (Worker worker : workers) {
        if (worker.parked) {
          LockSupport.unpark(worker);
        }
      }
      job.work();
      await(job);
      if (job.failure != null) {
        throw failure(job.failure);
      }
    } finally {
      current = null;
      dispatch.unlock();
    }
  }

  private static void await(Job job) {
    for (int i = 0; i < SPINS; i++) {
      if (job.isDone()) {
        return;
      }
      Thread.onSpinWait();
    }
    job.ownerParked = true;
    while (!job.isDone()) {
      LockSupport.park(job);
    }
  }

  private static RuntimeException failure(Throwable cause) {
    if (cause instanceof RuntimeException runtime) {
      return runtime;
    }
    if (cause instanceof Error error) {
      throw error;
    }
    return new IllegalStateException(cause);
  }

  @Override
  public void close() {
    closed = true;
    for (Worker worker : workers) {
      LockSupport.unpark(worker);
    }
  }
}
