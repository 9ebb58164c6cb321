// The machine that kernels run on: every CUDA thread is a fiber, a stack of its own that runs until it has to
// wait.
//
// A block runs on one operating-system thread (a worker), so its fibers never run at the same time and a
// context switch is a handful of instructions. What a GPU leaves open (which warp runs first, which lane of
// it, when an asynchronous copy lands) is decided by a seed: a kernel whose result depends on it has a bug,
// and some seed shows it.
//
// A fault in a kernel ends the launch, not the process: the worker abandons the block's fibers where they
// stand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <source_location>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "language.h"

namespace emulator {

using Place = std::source_location;

struct PendingCopy {
  void* shared;
  const void* global;
  bool valid;
};

// The asynchronous copies of one thread: the open group, then the committed ones, the oldest first.
struct AsyncCopies {
  std::vector<PendingCopy> open;
  std::vector<std::vector<PendingCopy>> committed;
};

struct Warp;
struct Block;

// One CUDA thread.
struct Thread {
  void* stackPointer;
  Warp* warp;
  Block* block;
  unsigned lane;
  uint3 index;
  char* stack;  // null before the thread begins
  AsyncCopies* copies;
};

// Lanes that gather for one warp operation. Several may be open in a warp, each with its own mask.
struct Gathering {
  uint32_t mask;
  uint32_t arrived;
  const char* operation;
  Place place;
};

// Sets of lanes are masks, as in CUDA.
struct Warp {
  uint32_t ready;       // could run now
  uint32_t pass;        // those of them that are still to run in this pass of the scheduler
  uint32_t atBarrier;
  uint32_t left;        // have left the kernel, or lie beyond the block's end
  void* operands[32];   // what each lane left for the warp operation that it waits in
  Thread* lanes[32];
  std::vector<Gathering> gatherings;
};

struct Launch {
  std::string kernel;
  dim3 grid, block;
  size_t dynamicShared;
  std::function<void()> body;  // the kernel with its arguments, called once in every fiber
};

struct Block {
  const Launch* launch;
  uint3 index;
  unsigned running;   // threads that have not left
  unsigned waiting;   // threads at the barrier
  Place barrier;      // where the first of them waits
  int votes;          // threads whose predicate was true at the barrier in progress
  int lastVotes;      // and at the last one that was completed
  unsigned lastVoters;
  uint32_t random;    // state of the generator that the schedule draws from
  bool copied;        // some thread has used asynchronous copies
};

// What one worker is doing now. This is the only thread-local variable of the library that is not shared
// memory.
struct Fibers;
struct Worker {
  Fibers* fibers;         // kept from block to block
  Thread* current;        // null outside of kernels
  void* schedulerStack;   // stack pointer of the worker's own stack while a fiber runs
  bool abandoned;         // the current block met a fault
  char* sharedBegin;      // all of this worker's shared memory, static and dynamic
  char* sharedEnd;
};
extern thread_local Worker worker;

enum class Order { Ascending, Descending, Random };
enum class Copies { Early, Late, Mixed };

// What the seed decides. The parts are independent of each other, because some bugs show under one
// combination alone.
struct Schedule {
  int seed;
  Order warps;
  Order lanes;
  Copies copies;
  bool lateStreams;       // stream work runs as late as allowed instead of when it is enqueued
  bool descendingBlocks;
  static Schedule of(int seed);
};
extern Schedule schedule;

// Ends the block with a sentence that names kernel, block and thread. Does not return; called on a fiber.
[[noreturn]] void fault(const std::string& what);

// Stops this thread until it is ready again, and lets the next one run.
void suspend();

uint32_t nextRandom(uint32_t& state);

// "attention.cu:41"
std::string describe(const Place& place);
bool samePlace(const Place& a, const Place& b);

// Runs all blocks of a launch. Returns the fault's sentence, empty when there was none.
std::string run(const Launch& launch);

// Most dynamic shared memory that a block can have, and what it has without asking (bytes).
constexpr size_t MAX_DYNAMIC_SHARED = 232448;
constexpr size_t DEFAULT_DYNAMIC_SHARED = 49152;
constexpr unsigned MAX_THREADS = 1024;

// ---- the list of kernels ----------------------------------------------------------------------------------

// Copies the arguments that `parameters` points at, as cuLaunchKernel does, and returns the call with them.
using Binder = std::function<void()> (*)(void** parameters);

void registerKernel(const char* name, Binder binder);
Binder findKernel(const char* name);  // null when there is none

template <class... Arguments, size_t... I>
std::function<void()> bindArguments(void (*kernel)(Arguments...), void** parameters,
                                    std::index_sequence<I...>) {
  std::tuple<std::decay_t<Arguments>...> values(*static_cast<std::decay_t<Arguments>*>(parameters[I])...);
  return [kernel, values] { std::apply(kernel, values); };
}

template <class... Arguments>
std::function<void()> bindArguments(void (*kernel)(Arguments...), void** parameters) {
  return bindArguments(kernel, parameters, std::index_sequence_for<Arguments...>{});
}

template <auto kernel>
struct Registration {
  explicit Registration(const char* name) {
    registerKernel(name, [](void** parameters) { return bindArguments(kernel, parameters); });
  }
};

// ---- barriers ---------------------------------------------------------------------------------------------

void barrier(bool predicate, const Place& place);

// Called in a thread that leaves the kernel: its warp need not wait for it in __syncwarp; anywhere else it is
// a fault.
void leaveWarp(Thread& self);

inline Thread& currentThread() { return *worker.current; }

}  // namespace emulator

#define KERNEL(name) static emulator::Registration<name> emulatorRegistration_##name(#name);

#define threadIdx (emulator::currentThread().index)
#define blockIdx (emulator::currentThread().block->index)
#define blockDim (emulator::currentThread().block->launch->block)
#define gridDim (emulator::currentThread().block->launch->grid)
#define warpSize 32

// The place is a default argument, evaluated where the kernel calls: two calls in two branches stay two
// barriers.
inline void __syncthreads(emulator::Place place = emulator::Place::current()) {
  emulator::barrier(false, place);
}
inline int __syncthreads_count(int predicate, emulator::Place place = emulator::Place::current()) {
  emulator::barrier(predicate != 0, place);
  return emulator::currentThread().block->lastVotes;
}
inline int __syncthreads_or(int predicate, emulator::Place place = emulator::Place::current()) {
  emulator::barrier(predicate != 0, place);
  return emulator::currentThread().block->lastVotes > 0;
}
inline int __syncthreads_and(int predicate, emulator::Place place = emulator::Place::current()) {
  emulator::barrier(predicate != 0, place);
  const emulator::Block& block = *emulator::currentThread().block;
  return block.lastVotes == static_cast<int>(block.lastVoters);
}
[[noreturn]] inline void __trap() { emulator::fault("__trap() was called"); }
