#include "ledger.h"

#include <cstring>
#include <deque>
#include <set>
#include <string>

#include "driver.h"

namespace emulator {

Ledger ledger = Ledger::Off;

namespace {

// What runs while sketching: kernels that finish a sum, draw DropPath's factors or write the optimizer's numbers, on which
// others depend.
constexpr uint64_t MOST_THREADS_THAT_RUN = 1024;
const std::string RUNS_ALWAYS = "dropPathScales";

std::deque<Record> records;  // whose addresses stay
std::set<std::string> names;

}  // namespace

void note(Asked what, size_t bytes, const void* to, uint64_t fromOrValue) {
  if (ledger != Ledger::Off) {
    records.push_back({what, {0, 0, 0}, 0, 0, bytes, "", {reinterpret_cast<uint64_t>(to), fromOrValue}});
  }
}

void noteLaunch(const char* kernel, const uint32_t (&grid)[3], uint32_t threads, uint32_t shared, void** arguments) {
  if (ledger != Ledger::Off) {
    Record record{Asked::Launch, {grid[0], grid[1], grid[2]}, threads, shared, 0,
                  names.insert(kernel).first->c_str(), {}};
    memcpy(record.arguments, arguments[0], sizeof record.arguments);
    records.push_back(record);
  }
}

bool isSketchedOnly(const std::string& kernel, uint64_t threads) {
  return ledger == Ledger::Sketching && threads > MOST_THREADS_THAT_RUN && kernel.rfind(RUNS_ALWAYS, 0) != 0;
}

}  // namespace emulator

using namespace emulator;

#define NATIVE(result, name, ...) \
  extern "C" __attribute__((visibility("default"))) result \
  Java_org_swinengine_backend_cuda_EmulatorControls_##name(void*, void* __VA_OPT__(, ) __VA_ARGS__)

// Begins a record, or ends it: what there was is forgotten.
NATIVE(void, ledger, int which) {
  withLock([&] {
    records.clear();
    ledger = static_cast<Ledger>(which);
  });
}

NATIVE(int64_t, recordedCalls) {
  int64_t count = 0;
  withLock([&] { count = static_cast<int64_t>(records.size()); });
  return count;
}

NATIVE(int64_t, recordedCall, int64_t index) {
  int64_t address = 0;
  withLock([&] { address = reinterpret_cast<int64_t>(&records.at(static_cast<size_t>(index))); });
  return address;
}

// Memory of this process, which device memory is.
NATIVE(int64_t, peek, int64_t address, int bytes) {
  int64_t value = 0;
  memcpy(&value, reinterpret_cast<const void*>(address), static_cast<size_t>(bytes));
  return value;
}

NATIVE(void, poke, int64_t address, int64_t value, int bytes) {
  memcpy(reinterpret_cast<void*>(address), &value, static_cast<size_t>(bytes));
}
