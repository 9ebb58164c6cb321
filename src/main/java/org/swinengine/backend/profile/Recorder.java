package org.swinengine.backend.profile;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Adds up calls by kind. */
final class Recorder {
  private final ThreadLocal<Work> current = new ThreadLocal<>();
  private Map<String, KernelTime> times = new LinkedHashMap<>();
  private long ownNanos;

  /** What this thread is about to do. */
  void announce(Work work) {
    current.set(work);
  }

  /**
   * That it has done it; nothing where nothing was announced.
   *
   * @param asked when the call came, {@link System#nanoTime}
   * @param started when the kernel was called
   * @param ended when it returned
   */
  void done(long asked, long started, long ended) {
    Work work = current.get();
    if (work != null) {
      current.remove();
      add(new KernelTime(work.kind(), 1, (ended - started) / 1e9, work.flop(), work.bytes(), 0));
    }
    addOwn(started - asked + System.nanoTime() - ended);
  }

  private synchronized void add(KernelTime time) {
    times.merge(time.kind(), time, KernelTime::plus);
  }

  private synchronized void addOwn(long nanos) {
    ownNanos += nanos;
  }

  synchronized double takeOwnSeconds() {
    double seconds = ownNanos / 1e9;
    ownNanos = 0;
    return seconds;
  }

  synchronized List<KernelTime> take() {
    List<KernelTime> taken = new ArrayList<>(times.values());
    times = new LinkedHashMap<>();
    return taken;
  }
}
