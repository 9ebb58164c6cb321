// The operating-system threads that blocks run on, and what becomes of faults.
#pragma once

#include <mutex>

#include "machine.h"

namespace emulator {

// A fiber's stack; its first page is a guard that no access is allowed to.
constexpr size_t STACK_BYTES = 64 << 10;
constexpr size_t GUARD_BYTES = 4096;

// For AddressSanitizer: what an abandoned function left on a fiber's stack is no longer a frame.
void forgetFrames(char* stack);

// Runs one block on the calling worker.
void runBlock(const Launch& launch, uint3 index);

// Keeps the first fault of a launch and prints it to standard error. `thread` is null when no single thread
// is at fault.
void reportFault(const Launch& launch, uint3 block, const uint3* thread, const std::string& what);

}  // namespace emulator
