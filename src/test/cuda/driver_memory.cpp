// Device memory, pinned host memory, copies and fills.
#include <cstdlib>
#include <memory>

#include "driver.h"
#include "ledger.h"
#include "memory.h"

using namespace emulator;

namespace {

Result outside(const char* what, const void* address, size_t bytes) {
  char text[160];
  snprintf(text, sizeof text, "%zu bytes at %p are not within one device allocation", bytes, address);
  return refuse(INVALID_VALUE, std::string(what) + ": " + text);
}

// A blocking copy: on the default stream, after what that waits for. `device` ranges are checked first.
Result copyNow(const char* what, void* to, const void* from, size_t bytes, bool toDevice, bool fromDevice) {
  return outsideCapture([&] {
    if (toDevice && !isDeviceRange(to, bytes)) {
      return outside(what, to, bytes);
    }
    if (fromDevice && !isDeviceRange(from, bytes)) {
      return outside(what, from, bytes);
    }
    note(toDevice ? Asked::Upload : Asked::Download, bytes);
    note(Asked::StreamWait);
    finishBlockingStreams();
    checkMemory();
    if (state.sticky == SUCCESS) {
      memmove(to, from, bytes);
    }
    return SUCCESS;
  });
}

Result copyLater(const char* what, void* to, const void* from, size_t bytes, bool toDevice, bool fromDevice,
                 Stream* handle) {
  return inContext([&] {
    Stream* stream = streamOf(handle);
    if (stream == nullptr) {
      return INVALID_HANDLE;
    }
    if (toDevice && !isDeviceRange(to, bytes)) {
      return outside(what, to, bytes);
    }
    if (fromDevice && !isDeviceRange(from, bytes)) {
      return outside(what, from, bytes);
    }
    note(toDevice && fromDevice ? Asked::CopyOnDevice : toDevice ? Asked::Upload : Asked::Download, bytes, to,
         reinterpret_cast<uint64_t>(from));
    bool pageable = (!toDevice && !isPinned(to, bytes)) || (!fromDevice && !isPinned(from, bytes));
    if (pageable && stream->capture != nullptr) {
      stream->capture->invalid = true;
      return refuse(CAPTURE_UNSUPPORTED, std::string(what)
          + ": host memory that is not pinned is captured; the graph would use the address after the call");
    }
    if (pageable && toDevice) {
      // A driver stages pageable memory before it returns, so the source may be reused at once.
      std::shared_ptr<void> staged(malloc(bytes + 1), free);
      memcpy(staged.get(), from, bytes);
      enqueue(*stream, {what, [=] { memcpy(to, staged.get(), bytes); }});
      return SUCCESS;
    }
    enqueue(*stream, {what, [=] { memmove(to, from, bytes); }});
    if (pageable) {
      finish(*stream);  // and does not return before a copy to pageable memory is done
    }
    return SUCCESS;
  });
}

template <class T>
Result fill(void* to, T value, size_t count, Stream* handle) {
  return inContext([&] {
    Stream* stream = streamOf(handle);
    if (stream == nullptr) {
      return INVALID_HANDLE;
    }
    if (!isDeviceRange(to, count * sizeof(T))) {
      return outside("memset", to, count * sizeof(T));
    }
    uint64_t word = static_cast<uint64_t>(value) * (sizeof(T) == 1 ? 0x01010101u : sizeof(T) == 2 ? 0x00010001u : 1u);
    note(Asked::Fill, count * sizeof(T), to, word);
    enqueue(*stream, {"memset", [=] { std::fill_n(static_cast<T*>(to), count, value); }});
    return SUCCESS;
  });
}

}  // namespace

API cuMemAlloc_v2(void** address, size_t bytes) {
  return outsideCapture([&] {
    if (bytes == 0) {
      return INVALID_VALUE;
    }
    if (state.failures.allocations >= 0 && state.failures.allocations-- == 0) {
      return OUT_OF_MEMORY;
    }
    note(Asked::Allocation, bytes);
    void* memory = allocateDevice(bytes);
    if (memory == nullptr) {
      return OUT_OF_MEMORY;
    }
    *address = memory;
    return SUCCESS;
  });
}

API cuMemFree_v2(void* address) {
  return outsideCapture([&] {
    if (address == nullptr) {
      return SUCCESS;
    }
    note(Asked::Release);
    finishAll();
    std::string damage;
    if (!freeDevice(address, damage)) {
      return refuse(INVALID_VALUE, "cuMemFree: no device allocation begins at this address");
    }
    if (!damage.empty()) {
      loseDevice(LAUNCH_FAILED, damage + "; kernels since the last check: " + state.recentKernels);
    }
    return SUCCESS;
  });
}

API cuMemGetInfo_v2(size_t* available, size_t* total) {
  return inContext([&] {
    *total = totalDeviceMemory();
    *available = *total > usedDeviceMemory() ? *total - usedDeviceMemory() : 0;
    return SUCCESS;
  });
}

API cuMemGetAddressRange_v2(void** begin, size_t* bytes, void* address) {
  return inContext([&] { return deviceRange(address, begin, bytes) ? SUCCESS : INVALID_VALUE; });
}

API cuMemHostAlloc(void** address, size_t bytes, unsigned) {
  return outsideCapture([&] {
    if (state.failures.pinned) {
      return OUT_OF_MEMORY;
    }
    *address = bytes == 0 ? nullptr : allocatePinned(bytes);
    return bytes == 0 ? INVALID_VALUE : *address == nullptr ? OUT_OF_MEMORY : SUCCESS;
  });
}

API cuMemAllocHost_v2(void** address, size_t bytes) { return cuMemHostAlloc(address, bytes, 0); }

API cuMemFreeHost(void* address) {
  return outsideCapture([&] {
    finishAll();
    return freePinned(address) ? SUCCESS : INVALID_VALUE;
  });
}

API cuMemHostRegister_v2(void* address, size_t bytes, unsigned) {
  return inContext([&] {
    registerPinned(address, bytes);
    return SUCCESS;
  });
}

API cuMemHostUnregister(void* address) {
  return outsideCapture([&] {
    finishAll();
    return unregisterPinned(address) ? SUCCESS : INVALID_VALUE;
  });
}

API cuMemHostGetDevicePointer_v2(void** device, void* host, unsigned) {
  return inContext([&] {
    *device = host;
    return isPinned(host, 1) ? SUCCESS : INVALID_VALUE;
  });
}

API cuMemcpyHtoD_v2(void* to, const void* from, size_t bytes) {
  return copyNow("cuMemcpyHtoD", to, from, bytes, true, false);
}
API cuMemcpyDtoH_v2(void* to, const void* from, size_t bytes) {
  return copyNow("cuMemcpyDtoH", to, from, bytes, false, true);
}
// Between two places of the device a driver need not wait: the copy is an operation of the default stream.
API cuMemcpyDtoD_v2(void* to, const void* from, size_t bytes) {
  return copyLater("cuMemcpyDtoD", to, from, bytes, true, true, nullptr);
}
API cuMemcpyHtoDAsync_v2(void* to, const void* from, size_t bytes, Stream* stream) {
  return copyLater("cuMemcpyHtoDAsync", to, from, bytes, true, false, stream);
}
API cuMemcpyDtoHAsync_v2(void* to, const void* from, size_t bytes, Stream* stream) {
  return copyLater("cuMemcpyDtoHAsync", to, from, bytes, false, true, stream);
}
API cuMemcpyDtoDAsync_v2(void* to, const void* from, size_t bytes, Stream* stream) {
  return copyLater("cuMemcpyDtoDAsync", to, from, bytes, true, true, stream);
}

API cuMemsetD8_v2(void* to, unsigned char value, size_t count) { return fill(to, value, count, nullptr); }
API cuMemsetD16_v2(void* to, unsigned short value, size_t count) { return fill(to, value, count, nullptr); }
API cuMemsetD32_v2(void* to, unsigned value, size_t count) { return fill(to, value, count, nullptr); }
API cuMemsetD8Async(void* to, unsigned char value, size_t count, Stream* stream) {
  return fill(to, value, count, stream);
}
API cuMemsetD16Async(void* to, unsigned short value, size_t count, Stream* stream) {
  return fill(to, value, count, stream);
}
API cuMemsetD32Async(void* to, unsigned value, size_t count, Stream* stream) {
  return fill(to, value, count, stream);
}
