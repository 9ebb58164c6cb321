// Lets a test look at what the process has on the disk in the midst of its work: a state that a kill could
// leave. Calls of the driver wait before every n-th until the test lets them go on.
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace emulator {

namespace {

struct Pause {
  std::mutex lock;
  std::condition_variable changed;
  int64_t every = 0;  // 0: never
  int64_t calls = 0;
  bool holds = false;
};

// Never destroyed: threads may call while the process ends.
Pause& pause() {
  static auto* one = new Pause;
  return *one;
}

}  // namespace

void waitWhilePaused() {
  Pause& one = pause();
  std::unique_lock<std::mutex> lock(one.lock);
  if (one.every == 0) {
    return;
  }
  if (!one.holds && ++one.calls % one.every == 0) {
    one.holds = true;
    one.changed.notify_all();
  }
  one.changed.wait(lock, [&] { return !one.holds; });
}

void pauseEvery(int64_t calls) {
  Pause& one = pause();
  std::lock_guard<std::mutex> lock(one.lock);
  one.every = calls;
  one.calls = 0;
  one.holds = false;
  one.changed.notify_all();
}

bool awaitPause(int64_t milliseconds) {
  Pause& one = pause();
  std::unique_lock<std::mutex> lock(one.lock);
  return one.changed.wait_for(lock, std::chrono::milliseconds(milliseconds), [&] { return one.holds; });
}

void endPause() {
  Pause& one = pause();
  std::lock_guard<std::mutex> lock(one.lock);
  one.holds = false;
  one.changed.notify_all();
}

}  // namespace emulator
