// What both stand-ins share: the door to the emulated driver, elements of two types, checks that say what was wrong.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>

#define EXPORT extern "C" __attribute__((visibility("default")))

extern "C" int emulatorEnqueue(void* stream, const char* name, void (*run)(void*), void* data, void (*release)(void*));
extern "C" int emulatorIsDevice(const void* address, size_t bytes);

namespace library {

inline float load(const void* base, bool half, int64_t i) {
  if (!half) {
    return static_cast<const float*>(base)[i];
  }
  uint32_t bits = uint32_t{static_cast<const uint16_t*>(base)[i]} << 16;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

// bf16 to the nearest, ties to even.
inline void store(void* base, bool half, int64_t i, float value) {
  if (!half) {
    static_cast<float*>(base)[i] = value;
    return;
  }
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  bool nan = (bits & 0x7fffffff) > 0x7f800000;
  static_cast<uint16_t*>(base)[i] =
      static_cast<uint16_t>(nan ? (bits >> 16) | 0x40 : (bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

inline bool isDevice(const void* address, int64_t elements, bool half) {
  return elements >= 0 && emulatorIsDevice(address, static_cast<size_t>(elements) * (half ? 2 : 4)) == 0;
}

// Enqueues a call; the driver's answer.
template <typename Body>
int enqueue(void* stream, const char* name, Body body) {
  return emulatorEnqueue(stream, name, [](void* data) { (*static_cast<Body*>(data))(); }, new Body(std::move(body)),
                         [](void* data) { delete static_cast<Body*>(data); });
}

}  // namespace library
