// Device memory: blocks of host memory with a red zone on both sides, and pinned host memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace emulator {

// New device memory, filled with poison; null when the device's memory is exhausted.
void* allocateDevice(size_t bytes);

// False when no allocation begins there. `damage` gets a sentence when a red zone was written to.
bool freeDevice(void* address, std::string& damage);

// A sentence about the first damaged red zone, empty when all are intact.
std::string checkRedZones();

// Paints all red zones anew.
void repairRedZones();

// True when the bytes lie in one device allocation.
bool isDeviceRange(const void* address, size_t bytes);

// The allocation that an address lies in; false when there is none.
bool deviceRange(const void* address, void** begin, size_t* bytes);

size_t totalDeviceMemory();
size_t usedDeviceMemory();
void limitDeviceMemory(size_t bytes);

// Pinned host memory: asynchronous copies to and from it really are asynchronous.
void* allocatePinned(size_t bytes);
bool freePinned(void* address);
void registerPinned(void* address, size_t bytes);
bool unregisterPinned(void* address);
bool isPinned(const void* address, size_t bytes);

}  // namespace emulator
