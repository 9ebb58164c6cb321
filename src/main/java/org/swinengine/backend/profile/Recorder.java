package org.swinengine.backend.profile;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Adds up calls by kind. */
final class Recorder {
  private final ThreadLocal<Work> current = new ThreadLocal<>();
  private Map<String, KernelTime> times = new LinkedHashMap<>();

  /** What this thread is about to do. */
  void announce(Work work) {
    current.set(work);
  }

  /** That it has done it; nothing where nothing was announced. */
  void done(long nanos) {
    Work work = current.get();
    if (work != null) {
      current.remove();
      add(new KernelTime(work.kind(), 1, nanos / 1e9, work.flop(), work.bytes(), 0));
    }
  }

  private synchronized void add(KernelTime time) {
    times.merge(time.kind(), time, KernelTime::plus);
  }

  synchronized List<KernelTime> take() {
    List<KernelTime> taken = new ArrayList<>(times.values());
    times = new LinkedHashMap<>();
    return taken;
  }
}
