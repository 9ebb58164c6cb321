// The operating-system threads that blocks run on, and what becomes of faults.
#pragma once

#include <mutex>

#include "machine.h"

namespace emulator {

// Runs one block on the calling worker.
void runBlock(const Launch& launch, uint3 index);

// Keeps the first fault of a launch and prints it to standard error. `thread` is null when no single thread
// is at fault.
void reportFault(const Launch& launch, uint3 block, const uint3* thread, const std::string& what);

}  // namespace emulator
