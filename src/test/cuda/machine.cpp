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

// The fibers of one worker, kept from block to block.
struct Fibers {
  std::vector<char*> stacks;
  std::vector<char*> freeStacks;
  std::vector<Thread> threads;
  std::vector<AsyncCopies> copies;
  std::vector<Warp> warps;

  void beginBlock(unsigned count) {
    freeStacks = stacks;
    if (threads.size() < count) {
      threads.resize(count);
      copies.resize(count);
      warps.resize((count + 31) / 32);
    }
  }

  char* takeStack() {
    if (freeStacks.empty()) {
      void* memory = mmap(nullptr, STACK_BYTES, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
      if (memory == MAP_FAILED) {
        fprintf(stderr, "CUDA emulator: no memory for the stack of fiber %zu\n", stacks.size());
        abort();
      }
      mprotect(memory, GUARD_BYTES, PROT_NONE);
      stacks.push_back(static_cast<char*>(memory));
      return stacks.back();
    }
    char* stack = freeStacks.back();
    freeStacks.pop_back();
    return stack;
  }
};

void forgetFrames(char* stack) {
#ifdef __SANITIZE_ADDRESS__
  __asan_unpoison_memory_region(stack + GUARD_BYTES, STACK_BYTES - GUARD_BYTES);
#else
  (void)stack;
#endif
}

namespace {

Thread* takeNext(Warp& warp);

// Where every fiber begins. It runs one thread, and after it threads that have not begun: a kernel without
// barriers runs all its threads one after the other on a single stack, which stays in the cache.
void fiberMain() {
  while (true) {
    Thread* self = worker.current;
    self->block->launch->body();
    leaveWarp(*self);
    self->block->running--;
    Thread* next = takeNext(*self->warp);
    if (next == nullptr || next->stack != nullptr) {
      // Nobody writes to this stack before it is left: who gets it next begins after the switch.
      worker.fibers->freeStacks.push_back(self->stack);
      worker.current = next;
      switchStack(&self->stackPointer, next == nullptr ? worker.schedulerStack : next->stackPointer);
      __builtin_trap();
    }
    next->stack = self->stack;
    worker.current = next;
  }
}

// Gives a thread that has not begun a stack that switchStack can switch to: it "returns" into fiberMain with
// registers of zero.
void begin(Thread& thread) {
  thread.stack = worker.fibers->takeStack();
  forgetFrames(thread.stack);
  // The stacks begin at different offsets, so that their hot lines do not all fall into the same sets of the
  // cache.
  auto address = reinterpret_cast<uintptr_t>(thread.stack);
  auto** slot = reinterpret_cast<void**>(address + STACK_BYTES - (address / STACK_BYTES) % 59 * 64);
  *--slot = nullptr;  // fiberMain's return address, never used
  *--slot = reinterpret_cast<void*>(&fiberMain);
  for (int i = 0; i < 6; i++) {
    *--slot = nullptr;
  }
  thread.stackPointer = slot;
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

std::string whoWaits(const Block& block, const std::vector<Warp>& warps, unsigned warpCount) {
  std::map<std::string, unsigned> waiting;
  unsigned all = block.launch->block.x * block.launch->block.y * block.launch->block.z;
  if (block.running < all) {
    waiting["have left the kernel"] = all - block.running;
  }
  if (block.waiting > 0) {
    waiting["wait in __syncthreads (" + describe(block.barrier) + ")"] = block.waiting;
  }
  for (unsigned w = 0; w < warpCount; w++) {
    for (const Gathering& one : warps[w].gatherings) {
      waiting[std::string("wait in ") + one.operation + " (" + describe(one.place) + ")"] +=
          static_cast<unsigned>(std::popcount(one.arrived));
    }
  }
  std::string text;
  for (const auto& [what, count] : waiting) {
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " threads " + what;
  }
  return text;
}

// Takes the next lane of the warp's pass; null when all have had their turn.
Thread* takeNext(Warp& warp) {
  if (warp.pass == 0) {
    return nullptr;
  }
  int lane = std::countr_zero(warp.pass);
  if (schedule.lanes == Order::Descending) {
    lane = 31 - std::countl_zero(warp.pass);
  } else if (schedule.lanes == Order::Random) {
    uint32_t rest = warp.pass;
    uint32_t drawn = nextRandom(warp.lanes[lane]->block->random);
    for (uint32_t skip = drawn % static_cast<uint32_t>(std::popcount(rest)); skip > 0; skip--) {
      rest &= rest - 1;
    }
    lane = std::countr_zero(rest);
  }
  warp.pass &= ~(1u << lane);
  warp.ready &= ~(1u << lane);
  return warp.lanes[lane];
}

// One pass: the lanes that are ready now run, each until it waits, one handing over to the next. False when
// none was ready.
bool runPass(Warp& warp) {
  warp.pass = warp.ready;
  worker.current = takeNext(warp);
  if (worker.current == nullptr) {
    return false;
  }
  if (worker.current->stack == nullptr) {
    begin(*worker.current);
  }
  switchStack(&worker.schedulerStack, worker.current->stackPointer);
  worker.current = nullptr;
  return true;
}

}  // namespace

Schedule Schedule::of(int seed) {
  constexpr Order orders[] = {Order::Ascending, Order::Descending, Order::Random};
  unsigned bits = static_cast<unsigned>(seed);
  Schedule result;
  result.seed = seed;
  result.copies = bits >= 8 ? Copies::Mixed : (bits & 1) != 0 ? Copies::Late : Copies::Early;
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

bool samePlace(const Place& a, const Place& b) {
  return a.line() == b.line() && a.column() == b.column()
      && (a.file_name() == b.file_name() || strcmp(a.file_name(), b.file_name()) == 0);
}

void suspend() {
  Thread* self = worker.current;
  Thread* next = worker.abandoned ? nullptr : takeNext(*self->warp);
  if (next != nullptr) {
    worker.current = next;
    if (next->stack == nullptr) {
      begin(*next);
    }
  }
  switchStack(&self->stackPointer, next != nullptr ? next->stackPointer : worker.schedulerStack);
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
  } else if (!samePlace(block->barrier, place)) {
    fault("threads of the block wait at different barriers: " + describe(block->barrier) + " and "
          + describe(place));
  }
  block->waiting++;
  block->votes += predicate ? 1 : 0;
  self->warp->atBarrier |= 1u << self->lane;
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
  pool.beginBlock(count);
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
    warp.left = count - w * 32 >= 32 ? 0 : ~0u << (count - w * 32);
    warp.ready = ~warp.left;
    warp.atBarrier = 0;
    warp.gatherings.clear();
  }
  for (unsigned i = 0; i < count; i++) {
    Thread& thread = pool.threads[i];
    unsigned row = i / launch.block.x;
    thread.index = {i % launch.block.x, row % launch.block.y, row / launch.block.y};
    thread.lane = i % 32;
    thread.warp = &pool.warps[i / 32];
    thread.warp->lanes[thread.lane] = &thread;
    thread.block = &block;
    thread.copies = &pool.copies[i];
    thread.stack = nullptr;
  }

  std::vector<unsigned> warps(warpCount);
  while (block.running > 0) {
    bool progress = false;
    arrange(warps, schedule.warps, block.random);
    for (unsigned w : warps) {
      bool ran = runPass(pool.warps[w]);
      progress |= ran;
      // In an order that is not random a warp runs as far as it can, which is what brings out a missing
      // barrier.
      while (ran && !worker.abandoned && schedule.warps != Order::Random) {
        ran = runPass(pool.warps[w]);
      }
      if (worker.abandoned) {
        break;
      }
    }
    if (worker.abandoned) {
      break;
    }
    if (block.running > 0 && block.waiting == block.running) {
      block.lastVotes = block.votes;
      block.lastVoters = block.waiting;
      block.votes = 0;
      block.waiting = 0;
      for (unsigned w = 0; w < warpCount; w++) {
        pool.warps[w].ready |= pool.warps[w].atBarrier;
        pool.warps[w].atBarrier = 0;
      }
    } else if (!progress && block.running > 0) {
      reportFault(launch, index, nullptr, "deadlock: " + whoWaits(block, pool.warps, warpCount));
      break;
    }
  }
  for (unsigned i = 0; block.copied && i < count; i++) {
    pool.copies[i].open.clear();
    pool.copies[i].committed.clear();
  }
  if (!stripIsIntact(launch.dynamicShared)) {
    reportFault(launch, index, nullptr, "the block wrote behind the " + std::to_string(launch.dynamicShared)
        + " bytes of dynamic shared memory that the launch asked for");
  }
}

}  // namespace emulator
