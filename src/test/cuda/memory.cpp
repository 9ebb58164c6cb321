// The layout of an allocation: red zone, the bytes, red zone. The second zone begins right behind the last
// byte. A read from a red zone gives NaN in every floating-point type; a write shows when the zones are
// checked. In a build with AddressSanitizer the zones are forbidden to touch at all, and the sanitizer names
// the line.
#include "memory.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>

#include "ledger.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define __asan_poison_memory_region(address, size)
#define __asan_unpoison_memory_region(address, size)
#endif

namespace emulator {

namespace {

constexpr size_t RED_ZONE = 1024;
constexpr size_t ALIGNMENT = 256;  // what cuMemAlloc promises
constexpr unsigned char POISON = 0xff;
// What the few kernels that run in a sketch read: zeros, so that what they come to is finite and the same each time. Larger
// blocks the C library takes from the kernel, which clears them when they are touched.
constexpr size_t MOST_CLEARED = size_t{32} << 20;
// Not the poison: kernels that fill with -1 or NaN must show too. As bf16, float32 and float64 it is a NaN.
struct RedPattern {
  unsigned char bytes[RED_ZONE];
  constexpr RedPattern() : bytes() {
    for (size_t i = 0; i < RED_ZONE; i++) {
      bytes[i] = i % 2 == 0 ? 0xee : 0xff;
    }
  }
};
constexpr RedPattern RED;

std::map<uintptr_t, size_t> device;
std::map<uintptr_t, size_t> pinned;
std::map<uintptr_t, size_t> registered;
size_t used = 0;
size_t limit = size_t{4} << 30;

void paint(unsigned char* zone) {
  memcpy(zone, RED.bytes, RED_ZONE);
  __asan_poison_memory_region(zone, RED_ZONE);
}

// The first damaged byte of a zone, or RED_ZONE.
size_t firstDamage(const unsigned char* zone) {
#ifdef __SANITIZE_ADDRESS__
  return zone == nullptr ? 0 : RED_ZONE;
#else
  if (memcmp(zone, RED.bytes, RED_ZONE) == 0) {
    return RED_ZONE;
  }
  return static_cast<size_t>(std::mismatch(zone, zone + RED_ZONE, RED.bytes).first - zone);
#endif
}

std::string damageOf(uintptr_t begin, size_t bytes) {
  const auto* first = reinterpret_cast<const unsigned char*>(begin);
  size_t before = firstDamage(first - RED_ZONE), behind = firstDamage(first + bytes);
  if (before == RED_ZONE && behind == RED_ZONE) {
    return "";
  }
  std::string where = before < RED_ZONE ? std::to_string(RED_ZONE - before) + " bytes before"
                                        : std::to_string(behind) + " bytes behind the end of";
  return "a write " + where + " a device allocation of " + std::to_string(bytes) + " bytes";
}

using Ranges = std::map<uintptr_t, size_t>;

const Ranges::value_type* holding(const Ranges& ranges, const void* address, size_t bytes) {
  uintptr_t begin = reinterpret_cast<uintptr_t>(address);
  auto next = ranges.upper_bound(begin);
  if (next == ranges.begin()) {
    return nullptr;
  }
  const auto& range = *--next;
  uintptr_t offset = begin - range.first;
  return offset <= range.second && bytes <= range.second - offset ? &range : nullptr;
}

}  // namespace

void* allocateDevice(size_t bytes) {
  if (bytes > limit || used > limit - bytes) {
    return nullptr;
  }
  size_t whole = (bytes + 2 * RED_ZONE + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  auto* memory = static_cast<unsigned char*>(aligned_alloc(ALIGNMENT, whole));
  if (memory == nullptr) {
    return nullptr;
  }
  unsigned char* begin = memory + RED_ZONE;
  if (ledger != Ledger::Sketching) {
    memset(begin, POISON, bytes);
  } else if (bytes <= MOST_CLEARED) {
    memset(begin, 0, bytes);
  }
  paint(memory);
  paint(begin + bytes);
  device[reinterpret_cast<uintptr_t>(begin)] = bytes;
  used += bytes;
  return begin;
}

bool freeDevice(void* address, std::string& damage) {
  auto found = device.find(reinterpret_cast<uintptr_t>(address));
  if (found == device.end()) {
    return false;
  }
  auto* begin = static_cast<unsigned char*>(address);
  damage = damageOf(found->first, found->second);
  __asan_unpoison_memory_region(begin - RED_ZONE, RED_ZONE);
  __asan_unpoison_memory_region(begin + found->second, RED_ZONE);
  if (ledger != Ledger::Sketching) {
    memset(begin, POISON, found->second);  // who still reads it reads NaN, until the memory is used again
  }
  used -= found->second;
  device.erase(found);
  free(begin - RED_ZONE);
  return true;
}

std::string checkRedZones() {
  for (const auto& [begin, bytes] : device) {
    std::string damage = damageOf(begin, bytes);
    if (!damage.empty()) {
      return damage;
    }
  }
  return "";
}

void repairRedZones() {
  for (const auto& [begin, bytes] : device) {
    auto* first = reinterpret_cast<unsigned char*>(begin);
    __asan_unpoison_memory_region(first - RED_ZONE, RED_ZONE);
    __asan_unpoison_memory_region(first + bytes, RED_ZONE);
    paint(first - RED_ZONE);
    paint(first + bytes);
  }
}

bool isDeviceRange(const void* address, size_t bytes) { return holding(device, address, bytes) != nullptr; }

bool deviceRange(const void* address, void** begin, size_t* bytes) {
  const auto* range = holding(device, address, 1);
  if (range == nullptr) {
    return false;
  }
  *begin = reinterpret_cast<void*>(range->first);
  *bytes = range->second;
  return true;
}

size_t totalDeviceMemory() { return limit; }
size_t usedDeviceMemory() { return used; }
void limitDeviceMemory(size_t bytes) { limit = bytes; }

void* allocatePinned(size_t bytes) {
  constexpr size_t page = 4096;
  void* memory = aligned_alloc(page, (bytes + page - 1) / page * page);
  if (memory != nullptr) {
    memset(memory, POISON, bytes);
    pinned[reinterpret_cast<uintptr_t>(memory)] = bytes;
  }
  return memory;
}

bool freePinned(void* address) {
  if (pinned.erase(reinterpret_cast<uintptr_t>(address)) == 0) {
    return false;
  }
  free(address);
  return true;
}

void registerPinned(void* address, size_t bytes) { registered[reinterpret_cast<uintptr_t>(address)] = bytes; }
bool unregisterPinned(void* address) { return registered.erase(reinterpret_cast<uintptr_t>(address)) != 0; }

bool isPinned(const void* address, size_t bytes) {
  return holding(pinned, address, bytes) != nullptr || holding(registered, address, bytes) != nullptr;
}

}  // namespace emulator
