// What the stand-ins of NVIDIA's libraries (libraries/) need of the driver, as the real ones need its runtime: a place in a stream, and
// whether an address is device memory. No part of cuda.h.
#include <memory>

#include "driver.h"
#include "ledger.h"
#include "memory.h"

using namespace emulator;

// Puts work into a stream, or into the capture that it takes part in. `release` gets `data` when nobody can run it again.
API emulatorEnqueue(Stream* handle, const char* name, void (*run)(void*), void* data, void (*release)(void*)) {
  std::shared_ptr<void> owned(data, release);
  return inContext([&] {
    Stream* stream = streamOf(handle);
    if (stream == nullptr) {
      return INVALID_HANDLE;
    }
    enqueue(*stream, {name, [owned, run] {
      if (state.sticky == SUCCESS && ledger != Ledger::Sketching) {
        run(owned.get());
      }
    }});
    return SUCCESS;
  });
}

// SUCCESS where the bytes lie in one allocation of device memory.
API emulatorIsDevice(const void* address, size_t bytes) {
  return inContext([&] { return isDeviceRange(address, bytes) ? SUCCESS : INVALID_VALUE; });
}
