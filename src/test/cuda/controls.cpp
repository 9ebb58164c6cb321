// How a test steers the emulator: the native methods of org.swinengine.backend.cuda.EmulatorControls, and
// environment variables for processes that a test starts.
//
// The methods are static and take numbers, so their C signatures need no jni.h: environment and class come
// first.
#include <atomic>
#include <cstdlib>
#include <string>

#include "driver.h"
#include "ledger.h"
#include "memory.h"

namespace emulator {
extern std::atomic<int64_t> counts[5];

// pause.cpp
void pauseEvery(int64_t calls);
bool awaitPause(int64_t milliseconds);
void endPause();
}

using namespace emulator;

#define NATIVE(result, name, ...) \
  extern "C" __attribute__((visibility("default"))) result \
  Java_org_swinengine_backend_cuda_EmulatorControls_##name(void*, void* __VA_OPT__(, ) __VA_ARGS__)

namespace {

constexpr size_t DEFAULT_MEMORY = size_t{4} << 30;

// A count in a text; -1 when it is none.
long count(const std::string& text) {
  bool digits = !text.empty() && text.size() < 18
      && text.find_first_not_of("0123456789") == std::string::npos;
  return digits ? strtol(text.c_str(), nullptr, 10) : -1;
}

bool refuseVariable(const char* name, const char* value, const char* expected) {
  fprintf(stderr, "CUDA emulator: %s is '%s'; expected %s\n", name, value, expected);
  return false;
}

void setSchedule(int seed) {
  finishAll();  // what is pending keeps the order that it was promised
  schedule = Schedule::of(seed);
}

}  // namespace

NATIVE(void, schedule, int seed) {
  withLock([&] { setSchedule(seed); });
}

NATIVE(void, failLaunch, int64_t launchesBefore, int code) {
  withLock([&] {
    state.failures.launches = launchesBefore;
    state.failures.launchCode = code;
  });
}

NATIVE(void, failAllocation, int64_t allocationsBefore) {
  withLock([&] { state.failures.allocations = allocationsBefore; });
}

NATIVE(void, failPinned, bool from) {
  withLock([&] { state.failures.pinned = from; });
}

NATIVE(void, limitMemory, int64_t bytes) {
  withLock([&] { limitDeviceMemory(static_cast<size_t>(bytes)); });
}

NATIVE(void, loseDevice, int64_t callsBefore) {
  withLock([&] { state.failures.calls = callsBefore; });
}

NATIVE(void, pauseEvery, int64_t calls) { pauseEvery(calls); }

NATIVE(unsigned char, awaitPause, int64_t milliseconds) { return awaitPause(milliseconds); }

NATIVE(void, endPause) { endPause(); }

NATIVE(int64_t, launches) {
  int64_t count = 0;
  withLock([&] { count = state.launches; });
  return count;
}

NATIVE(void, pretend, int capability, int driverVersion, int devices) {
  withLock([&] {
    state.capability = capability;
    state.version = driverVersion;
    state.devices = devices;
  });
}

// Numbers as in Counted of EmulatorControls.
NATIVE(int64_t, count, int which) {
  int64_t number = 0;
  withLock([&] {
    finishAll();
    number = counts[which].load();
  });
  return number;
}

// As if the device had been exchanged for a new one: no fault, no planned failures, seed 0. Allocations,
// streams and modules stay as they are.
NATIVE(void, reset) {
  pauseEvery(0);
  withLock([&] {
    dropPending();
    ledger = Ledger::Off;
    state.sticky = SUCCESS;
    state.fault.clear();
    state.failures = {};
    state.launches = 0;
    for (auto& one : counts) {
      one = 0;
    }
    state.capability = 90;
    state.version = 12060;
    state.devices = 1;
    state.recentKernels.clear();
    repairRedZones();
    limitDeviceMemory(DEFAULT_MEMORY);
    setSchedule(0);
  });
}

bool emulator::readEnvironment() {
  if (const char* seed = getenv("SWIN_EMULATOR_SEED")) {
    if (count(seed) < 0) {
      return refuseVariable("SWIN_EMULATOR_SEED", seed, "a number from 0");
    }
    setSchedule(static_cast<int>(count(seed)));
  }
  if (const char* memory = getenv("SWIN_EMULATOR_MEMORY")) {
    if (count(memory) < 0) {
      return refuseVariable("SWIN_EMULATOR_MEMORY", memory, "a number of bytes");
    }
    limitDeviceMemory(static_cast<size_t>(count(memory)));
  }
  if (const char* fail = getenv("SWIN_EMULATOR_FAIL")) {
    std::string text = fail;  // kind:number or kind:number:code
    size_t first = text.find(':'), second = text.find(':', first == std::string::npos ? first : first + 1);
    std::string kind = text.substr(0, first);
    long number = first == std::string::npos ? -1 : count(text.substr(first + 1, second - first - 1));
    long code = second == std::string::npos ? -1 : count(text.substr(second + 1));
    if (kind == "launch" && number >= 0 && code > 0) {
      state.failures.launches = number;
      state.failures.launchCode = static_cast<int>(code);
    } else if (kind == "allocation" && number >= 0 && second == std::string::npos) {
      state.failures.allocations = number;
    } else if (kind == "lost" && number >= 0 && second == std::string::npos) {
      state.failures.calls = number;
    } else {
      return refuseVariable("SWIN_EMULATOR_FAIL", fail, "launch:N:code, allocation:N or lost:N");
    }
  }
  return true;
}
