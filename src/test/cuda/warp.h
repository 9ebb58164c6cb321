// What the 32 lanes of a warp do together, and the asynchronous copies.
//
// One mechanism serves every warp operation. A lane leaves a pointer to its operands, which lie in its own
// stack frame, and waits; the last lane to arrive carries the operation out for all, reading and writing the
// other lanes' frames, and sets them free. So a new operation is a struct of operands and a function over 32
// of them.
#pragma once

#include "machine.h"

namespace emulator {

template <class Operands>
using Lanes = Operands* const (&)[32];  // entries of lanes outside the mask have no meaning

// Leaves the lane's operands and waits until all lanes of `mask` have come to this operation. In the lane
// that comes last it returns the warp at once: this lane does the work on everyone's operands and calls
// `release`. The others get null, when all is done.
Warp* gather(const char* operation, uint32_t mask, void* operands, const Place& place);
void release(Warp* warp, uint32_t mask);

template <class Operands>
inline void warpOperation(const char* operation, uint32_t mask, Operands& mine, const Place& place,
                          void (*perform)(Lanes<Operands> lanes, uint32_t mask)) {
  if (Warp* warp = gather(operation, mask, &mine, place)) {
    perform(reinterpret_cast<Lanes<Operands>>(warp->operands), mask);
    release(warp, mask);
  }
}

// ---- shuffles ---------------------------------------------------------------------------------------------

template <class T>
struct ShuffleOperands {
  T value;
  T result;
  int argument;  // lane, distance or lane mask
  int width;
};

// The lane to read from, or a negative number for the lane's own value.
using ShuffleSource = int (*)(int lane, int argument, int segmentBegin, int segmentEnd);

[[noreturn]] void faultInactiveSource(int lane, int source);

template <ShuffleSource source, class T>
inline T shuffle(const char* operation, uint32_t mask, T value, int argument, int width, const Place& place) {
  static_assert(sizeof(T) == 4 || sizeof(T) == 8, "a shuffle moves values of 4 or 8 bytes");
  ShuffleOperands<T> mine{value, value, argument, width};
  using Operands = ShuffleOperands<T>;
  warpOperation<Operands>(operation, mask, mine, place, [](Lanes<Operands> lanes, uint32_t mask) {
    for (int lane = 0; lane < 32; lane++) {
      if ((mask >> lane & 1) == 0) {
        continue;
      }
      int begin = lane / lanes[lane]->width * lanes[lane]->width;
      int from = source(lane, lanes[lane]->argument, begin, begin + lanes[lane]->width);
      if (from >= 0 && (mask >> from & 1) == 0) {
        faultInactiveSource(lane, from);
      }
      lanes[lane]->result = from < 0 ? lanes[lane]->value : lanes[from]->value;
    }
  });
  return mine.result;
}

inline int sourceOfXor(int lane, int argument, int, int end) {
  return (lane ^ argument) < end ? lane ^ argument : -1;
}
inline int sourceOfDown(int lane, int argument, int, int end) {
  return lane + argument < end ? lane + argument : -1;
}
inline int sourceOfUp(int lane, int argument, int begin, int) {
  return lane - argument >= begin ? lane - argument : -1;
}
inline int sourceOfIndex(int, int argument, int begin, int end) {
  return begin + (argument & (end - begin - 1));
}

uint32_t ballot(const char* operation, uint32_t mask, bool predicate, const Place& place);
void syncWarp(uint32_t mask, const Place& place);

// ---- tensor cores and asynchronous copies: what device.cuh describes --------------------------------------

void mmaBf16(float (&d)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1, const Place& place);
void mmaTf32(float (&d)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1, const Place& place);
uint32_t roundTf32(uint32_t value);
void loadMatrix4(uint32_t (&r)[4], const void* row, bool transposed, const Place& place);
void copyAsync16(void* shared, const void* global, bool valid);
void copyAsyncCommit();
void copyAsyncWait(int groupsStillUnderWay);

}  // namespace emulator

template <class T>
inline T __shfl_xor_sync(uint32_t mask, T value, int laneMask, int width = 32,
                         emulator::Place place = emulator::Place::current()) {
  return emulator::shuffle<emulator::sourceOfXor>("__shfl_xor_sync", mask, value, laneMask, width, place);
}
template <class T>
inline T __shfl_down_sync(uint32_t mask, T value, unsigned distance, int width = 32,
                          emulator::Place place = emulator::Place::current()) {
  int lanes = static_cast<int>(distance);
  return emulator::shuffle<emulator::sourceOfDown>("__shfl_down_sync", mask, value, lanes, width, place);
}
template <class T>
inline T __shfl_up_sync(uint32_t mask, T value, unsigned distance, int width = 32,
                        emulator::Place place = emulator::Place::current()) {
  int lanes = static_cast<int>(distance);
  return emulator::shuffle<emulator::sourceOfUp>("__shfl_up_sync", mask, value, lanes, width, place);
}
template <class T>
inline T __shfl_sync(uint32_t mask, T value, int lane, int width = 32,
                     emulator::Place place = emulator::Place::current()) {
  return emulator::shuffle<emulator::sourceOfIndex>("__shfl_sync", mask, value, lane, width, place);
}

inline uint32_t __ballot_sync(uint32_t mask, int predicate,
                              emulator::Place place = emulator::Place::current()) {
  return emulator::ballot("__ballot_sync", mask, predicate != 0, place);
}
inline int __any_sync(uint32_t mask, int predicate, emulator::Place place = emulator::Place::current()) {
  return emulator::ballot("__any_sync", mask, predicate != 0, place) != 0;
}
inline int __all_sync(uint32_t mask, int predicate, emulator::Place place = emulator::Place::current()) {
  return emulator::ballot("__all_sync", mask, predicate != 0, place) == mask;
}
inline void __syncwarp(uint32_t mask = 0xffffffffu, emulator::Place place = emulator::Place::current()) {
  emulator::syncWarp(mask, place);
}
