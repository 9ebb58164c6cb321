// A record of what the engine asks of the driver, for the ledger of docs/GPU_LEDGER.md. Off unless a test
// switches it on.
#pragma once

#include <string>
#include <cstddef>
#include <cstdint>

namespace emulator {

// Off: nothing is recorded. Recording: everything runs as ever. Sketching: kernels of many threads are only
// recorded, and memory is not painted before it is handed out, so that steps of any size can be looked at.
enum class Ledger { Off, Recording, Sketching };
extern Ledger ledger;

enum class Asked : int32_t { Launch, Upload, Download, CopyOnDevice, Fill, StreamWait, EventWait, Allocation, Release, GraphLaunch };

// Arguments of a kernel are eight bytes each, one behind the other, as the engine's Launch holds them; the last may be a
// table by value. What a kernel may have is 4096 bytes.
constexpr int MOST_ARGUMENTS = 512;

// What EmulatorControls.recorded gives the address of; RecordedCall reads it.
struct Record {
  Asked what;
  uint32_t grid[3];
  uint32_t threads;
  uint32_t shared;
  uint64_t bytes;    // of a copy, a fill or an allocation
  const char* name;  // of a kernel
  // A kernel's; of a copy on the device, both addresses; of a fill, the address and the repeated 32 bits.
  uint64_t arguments[MOST_ARGUMENTS];
};

// Adds to the record, unless the ledger is off.
void note(Asked what, size_t bytes = 0, const void* to = nullptr, uint64_t fromOrValue = 0);
void noteLaunch(const char* kernel, const uint32_t (&grid)[3], uint32_t threads, uint32_t shared, void** arguments);

// Whether a kernel is left out that so many threads run.
bool isSketchedOnly(const std::string& kernel, uint64_t threads);

}  // namespace emulator
