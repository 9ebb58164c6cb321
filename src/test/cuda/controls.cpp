// How a test steers the emulator: the native methods of org.swinengine.backend.cuda.EmulatorControls, and environment
// variables for processes that a test starts.
//
// The methods are static and take numbers, so their C signatures need no jni.h: environment and class come first.
#include <cerrno>
#include <cstdlib>
#include <string>

#include "driver.h"
#include "memory.h"

using namespace emulator;

#define NATIVE(result, name, ...) \
  extern "C" __attribute__((visibility("default"))) result \
  Java_org_swinengine_backend_cuda_EmulatorControls_##name(void*, void* __VA_OPT__(, ) __VA_ARGS__)

namespace {

constexpr size_t DEFAULT_MEMORY = size_t{4} << 30;

[[noreturn]] void badVariable(const char* name, const char* value, const char* expected) {
  fprintf(stderr, "CUDA emulator: %s is '%s'; expected %s\n", name, value, expected);
  exit(2);
}

long number(const char* variable, const std::string& text, const char* expected) {
  char* end = nullptr;
  errno = 0;
  long value = strtol(text.c_str(), &end, 10);
  if (text.empty() || *end != 0 || errno != 0 || value < 0) {
    badVariable(variable, text.c_str(), expected);
  }
  return value;
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

NATIVE(void, limitMemory, int64_t bytes) {
  withLock([&] { limitDeviceMemory(static_cast<size_t>(bytes)); });
}

NATIVE(void, loseDevice, int64_t callsBefore) {
  withLock([&] { state.failures.calls = callsBefore; });
}

NATIVE(int64_t, launches) {
  int64_t count = 0;
  withLock([&] { count = state.launches; });
  return count;
}

// As if the device had been exchanged for a new one: no fault, no planned failures, seed 0. Allocations, streams and
// modules stay as they are.
NATIVE(void, reset) {
  withLock([&] {
    dropPending();
    state.sticky = SUCCESS;
    state.fault.clear();
    state.failures = {};
    state.launches = 0;
    state.recentKernels.clear();
    repairRedZones();
    limitDeviceMemory(DEFAULT_MEMORY);
    setSchedule(0);
  });
}

void emulator::readEnvironment() {
  if (const char* seed = getenv("SWIN_EMULATOR_SEED")) {
    setSchedule(static_cast<int>(number("SWIN_EMULATOR_SEED", seed, "a number from 0")));
  }
  if (const char* memory = getenv("SWIN_EMULATOR_MEMORY")) {
    limitDeviceMemory(static_cast<size_t>(number("SWIN_EMULATOR_MEMORY", memory, "a number of bytes")));
  }
  if (const char* fail = getenv("SWIN_EMULATOR_FAIL")) {
    const char* expected = "launch:N:code, allocation:N or lost:N";
    std::string text = fail;
    std::string kind = text.substr(0, text.find(':'));
    std::string rest = kind.size() < text.size() ? text.substr(kind.size() + 1) : "";
    if (kind == "launch") {
      size_t colon = rest.find(':');
      state.failures.launches = number("SWIN_EMULATOR_FAIL", rest.substr(0, colon), expected);
      state.failures.launchCode = static_cast<int>(
          number("SWIN_EMULATOR_FAIL", colon == std::string::npos ? "" : rest.substr(colon + 1), expected));
    } else if (kind == "allocation") {
      state.failures.allocations = number("SWIN_EMULATOR_FAIL", rest, expected);
    } else if (kind == "lost") {
      state.failures.calls = number("SWIN_EMULATOR_FAIL", rest, expected);
    } else {
      badVariable("SWIN_EMULATOR_FAIL", fail, expected);
    }
  }
}
