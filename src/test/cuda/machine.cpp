// Runs one block: makes its fibers, fills its shared memory with poison, and schedules the fibers until all
// have left. The workers that blocks are spread over are in workers.cpp.
#include "machine.h"

#include <link.h>
#include <sys/mman.h>

#include <algorithm>
#include <map>

#include "workers.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

// Behind the bytes that a launch asks for lies a strip that nobody may write.
constexpr size_t STRIP = 1024;
alignas(1024) thread_local unsigned char dynamicShared[emulator::MAX_DYNAMIC_SHARED + STRIP];

// void switchStack(void** save, void* to): pushes the registers that a function must preserve, stores the
// stack pointer in *save, takes `to` as stack pointer, and pops the registers that were pushed there.
asm(R"(
.text
.hidden switchStack
.globl switchStack
.type switchStack, @function
switchStack:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size switchStack, .-switchStack
)");
extern "C" void switchStack(void** save, void* to);

namespace emulator {

thread_local Worker worker;
Schedule schedule = Schedule::of(0);

namespace {

// Poison reads as NaN in bf16, float32 and float64, and as -1 in integers.
constexpr unsigned char POISON = 0xff;
std::map<std::string, Binder>& kernels() {
  // Never destroyed: workers outlive static destructors.
  static auto* map = new std::map<std::string, Binder>;
  return *map;
}

}  // namespace

struct Fibers {
  std::vector<char*> stacks;
  std::vector<Thread> threads;
  std::vector<Warp> warps;

  void provide(unsigned count) {
    while (stacks.size() < count) {
      void* memory = mmap(nullptr, STACK_BYTES, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
      if (memory == MAP_FAILED) {
        fprintf(stderr, "CUDA emulator: no memory for the stack of fiber %zu\n", stacks.size());
        abort();
      }
      mprotect(memory, GUARD_BYTES, PROT_NONE);
      stacks.push_back(static_cast<char*>(memory));
    }
    if (threads.size() < count) {
      threads.resize(count);
      warps.resize((count + 31) / 32);
    }
  }
};

namespace {

// Where every fiber begins.
void fiberMain() {
  Thread* self = worker.current;
  self->block->launch->body();
  self = worker.current;
  leaveWarp(*self);
  self->state = State::Left;
  self->block->running--;
  suspend();
  __builtin_trap();
}

}  // namespace

void forgetFrames(char* stack) {
#ifdef __SANITIZE_ADDRESS__
  __asan_unpoison_memory_region(stack + GUARD_BYTES, STACK_BYTES - GUARD_BYTES);
#else
  (void)stack;
#endif
}

namespace {

// A stack that switchStack can switch to for the first time: it "returns" into fiberMain with registers of
// zero.
void* freshStack(char* stack, unsigned number) {
  // The stacks begin at different offsets, so that their hot lines do not all fall into the same sets of the
  // cache.
  uintptr_t top = reinterpret_cast<uintptr_t>(stack) + STACK_BYTES - (number % 59) * 64;
  void** slot = reinterpret_cast<void**>(top & ~uintptr_t{63});
  forgetFrames(stack);
  *--slot = nullptr;  // fiberMain's return address, never used
  *--slot = reinterpret_cast<void*>(&fiberMain);
  for (int i = 0; i < 6; i++) {
    *--slot = nullptr;
  }
  return slot;
}

// Finds this library's thread-local storage for the calling thread: all of it is shared memory but `worker`.
void findSharedMemory() {
  if (worker.sharedBegin != nullptr) {
    return;
  }
  dynamicShared[0] = 0;
  dl_iterate_phdr(
      [](dl_phdr_info* module, size_t, void*) {
        char* begin = static_cast<char*>(module->dlpi_tls_data);
        char* mine = reinterpret_cast<char*>(&worker);
        for (int i = 0; begin != nullptr && i < module->dlpi_phnum; i++) {
          const auto& header = module->dlpi_phdr[i];
          if (header.p_type == PT_TLS && mine >= begin && mine < begin + header.p_memsz) {
            worker.sharedBegin = begin;
            worker.sharedEnd = begin + header.p_memsz;
            return 1;
          }
        }
        return 0;
      },
      nullptr);
  if (worker.sharedBegin == nullptr) {
    fprintf(stderr, "CUDA emulator: the library's thread-local storage was not found\n");
    abort();
  }
}

// Poison everywhere in shared memory: a kernel that reads what nobody wrote computes NaN.
void poisonSharedMemory(size_t dynamicBytes) {
  Worker saved = worker;
  char* dynamicBegin = reinterpret_cast<char*>(dynamicShared);
  char* dynamicEnd = dynamicBegin + sizeof dynamicShared;
  memset(saved.sharedBegin, POISON, static_cast<size_t>(dynamicBegin - saved.sharedBegin));
  memset(dynamicBegin, POISON, dynamicBytes + STRIP);
  memset(dynamicEnd, POISON, static_cast<size_t>(saved.sharedEnd - dynamicEnd));
  worker = saved;
}

bool stripIsIntact(size_t dynamicBytes) {
  const unsigned char* strip = dynamicShared + dynamicBytes;
  return std::all_of(strip, strip + STRIP, [](unsigned char byte) { return byte == POISON; });
}

void arrange(std::vector<unsigned>& order, Order how, uint32_t& random) {
  for (size_t i = 0; i < order.size(); i++) {
    order[i] = static_cast<unsigned>(how == Order::Descending ? order.size() - 1 - i : i);
  }
  for (size_t i = order.size(); how == Order::Random && i > 1; i--) {
    std::swap(order[i - 1], order[nextRandom(random) % i]);
  }
}

std::string whoWaits(const Block& block, const std::vector<Thread>& threads) {
  std::map<std::string, unsigned> waiting;
  unsigned all = block.launch->block.x * block.launch->block.y * block.launch->block.z;
  for (unsigned i = 0; i < all; i++) {
    const Thread& thread = threads[i];
    bool left = thread.state == State::Left;
    waiting[left ? "have left the kernel"
                 : std::string("wait in ") + thread.operation + " (" + describe(thread.place) + ")"]++;
  }
  std::string text;
  for (const auto& [what, count] : waiting) {
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " threads " + what;
  }
  return text;
}

// Lets the ready lanes of a warp run, each until it waits. False when none was ready.
bool runLanes(Warp& warp, const std::vector<unsigned>& lanes) {
  bool any = false;
  for (unsigned lane : lanes) {
    if (lane < warp.size && warp.lanes[lane]->state == State::Ready) {
      any = true;
      worker.current = warp.lanes[lane];
      switchStack(&worker.schedulerStack, worker.current->stackPointer);
      worker.current = nullptr;
      if (worker.abandoned) {
        return any;
      }
    }
  }
  return any;
}

}  // namespace

Schedule Schedule::of(int seed) {
  constexpr Order orders[] = {Order::Ascending, Order::Descending, Order::Random};
  unsigned bits = static_cast<unsigned>(seed);
  Schedule result;
  result.seed = seed;
  result.copies = (bits & 8) != 0 ? Copies::Mixed : (bits & 1) != 0 ? Copies::Late : Copies::Early;
  result.lateStreams = (bits & 2) != 0;
  result.descendingBlocks = (bits & 4) != 0;
  result.warps = orders[bits % 3];
  result.lanes = orders[bits / 3 % 3];
  return result;
}

uint32_t nextRandom(uint32_t& state) {  // xorshift; the state is never 0
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}

std::string describe(const Place& place) {
  std::string file = place.file_name();
  return file.substr(file.rfind('/') + 1) + ":" + std::to_string(place.line());
}

void registerKernel(const char* name, Binder binder) {
  if (!kernels().emplace(name, binder).second) {
    fprintf(stderr, "CUDA emulator: two kernels are named %s\n", name);
    abort();
  }
}

Binder findKernel(const char* name) {
  auto found = kernels().find(name);
  return found == kernels().end() ? nullptr : found->second;
}

void suspend() {
  switchStack(&worker.current->stackPointer, worker.schedulerStack);
}

void fault(const std::string& what) {
  Thread* self = worker.current;
  const uint3& thread = self->index;
  reportFault(*self->block->launch, self->block->index, &thread, what);
  worker.abandoned = true;
  suspend();
  __builtin_trap();
}

void barrier(bool predicate, const Place& place) {
  Thread* self = worker.current;
  Block* block = self->block;
  if (block->waiting == 0) {
    block->barrier = place;
  } else if (block->barrier.line() != place.line() || block->barrier.column() != place.column()
             || strcmp(block->barrier.file_name(), place.file_name()) != 0) {
    fault("threads of the block wait at different barriers: " + describe(block->barrier) + " and "
          + describe(place));
  }
  block->waiting++;
  block->votes += predicate ? 1 : 0;
  self->operation = "__syncthreads";
  self->place = place;
  self->state = State::AtBarrier;
  suspend();
}

void runBlock(const Launch& launch, uint3 index) {
  findSharedMemory();
  if (worker.fibers == nullptr) {
    worker.fibers = new Fibers;
  }
  Fibers& pool = *worker.fibers;
  unsigned count = launch.block.x * launch.block.y * launch.block.z;
  unsigned warpCount = (count + 31) / 32;
  pool.provide(count);
  poisonSharedMemory(launch.dynamicShared);
  worker.abandoned = false;

  Block block{};
  block.launch = &launch;
  block.index = index;
  block.running = count;
  uint32_t number = index.x * 97 + index.y * 7919 + index.z * 104729;
  block.random = (static_cast<uint32_t>(schedule.seed) * 2654435761u + number) | 1u;
  for (unsigned w = 0; w < warpCount; w++) {
    Warp& warp = pool.warps[w];
    warp.size = std::min(32u, count - w * 32);
    warp.left = warp.size == 32 ? 0 : ~0u << warp.size;
    warp.gatherings.clear();
  }
  for (unsigned i = 0; i < count; i++) {
    Thread& thread = pool.threads[i];
    unsigned row = i / launch.block.x;
    thread.index = {i % launch.block.x, row % launch.block.y, row / launch.block.y};
    thread.number = i;
    thread.lane = i % 32;
    thread.state = State::Ready;
    thread.warp = &pool.warps[i / 32];
    thread.warp->lanes[thread.lane] = &thread;
    thread.block = &block;
    thread.uncommitted.clear();
    thread.committed.clear();
    thread.stack = pool.stacks[i];
    thread.stackPointer = freshStack(thread.stack, i);
  }

  std::vector<unsigned> warps(warpCount), lanes(32);
  while (block.running > 0) {
    bool progress = false;
    arrange(warps, schedule.warps, block.random);
    for (unsigned w : warps) {
      arrange(lanes, schedule.lanes, block.random);
      bool ran = runLanes(pool.warps[w], lanes);
      // In an order that is not random a warp runs as far as it can, which is what brings out a missing
      // barrier.
      while (ran && !worker.abandoned && schedule.warps != Order::Random) {
        progress = true;
        ran = runLanes(pool.warps[w], lanes);
      }
      progress |= ran;
      if (worker.abandoned) {
        return;
      }
    }
    if (block.running > 0 && block.waiting == block.running) {
      block.lastVotes = block.votes;
      block.lastVoters = block.waiting;
      block.votes = 0;
      block.waiting = 0;
      for (unsigned i = 0; i < count; i++) {
        if (pool.threads[i].state == State::AtBarrier) {
          pool.threads[i].state = State::Ready;
        }
      }
    } else if (!progress) {
      reportFault(launch, index, nullptr, "deadlock: " + whoWaits(block, pool.threads));
      return;
    }
  }
  if (!stripIsIntact(launch.dynamicShared)) {
    reportFault(launch, index, nullptr, "the block wrote behind the " + std::to_string(launch.dynamicShared)
        + " bytes of dynamic shared memory that the launch asked for");
  }
}

}  // namespace emulator
