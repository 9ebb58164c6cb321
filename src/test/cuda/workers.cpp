// Blocks are spread over workers, threads of the emulator's own. Kernels never run on a thread of the JVM,
// whose signal handlers expect a stack that they know: workers block all signals but those that a wrong
// access raises, and take these on a stack set aside for them.
#include "workers.h"

#include <pthread.h>
#include <signal.h>
#include <ucontext.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <thread>

namespace emulator {

namespace {

const int ACCESS_SIGNALS[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
struct sigaction previousAction[65];

// The fault in progress: written by the signal handler, read by faultAfterSignal on the same worker.
struct Interrupted {
  int signal;
  void* address;
};
// One entry for each worker would need thread-local storage, which is shared memory here; a fault is rare and
// final.
Interrupted interrupted;
std::atomic<bool> interruptedTaken{false};

constexpr unsigned MOST_WORKERS = 8;
pthread_t workerThreads[MOST_WORKERS];
std::atomic<unsigned> workerThreadCount{0};

// Asked in a signal handler on any thread of the process, which must not touch this library's thread-local
// variables: they would be allocated there and then.
bool isWorker() {
  unsigned count = workerThreadCount;
  return std::find(workerThreads, workerThreads + count, pthread_self()) != workerThreads + count;
}

void faultAfterSignal() {
  Interrupted what = interrupted;
  interruptedTaken = false;
  char address[32];
  snprintf(address, sizeof address, "%p", what.address);
  const char* stack = worker.current->stack;
  bool onGuard = what.address >= stack && what.address < stack + GUARD_BYTES;
  fault(what.signal == SIGFPE ? "integer division by zero"
        : what.signal == SIGILL ? "access to an address that is not aligned to the type"
        : onGuard ? "the thread's stack overflowed (the emulator gives each thread 60 KB)"
        : what.address == nullptr ? "access to address 0, or a vector access that is not aligned"
        : std::string("access to address ") + address + ", where no memory is");
}

// A fault in a fiber: goes on in faultAfterSignal on that fiber's stack, which nobody needs any more. Any
// other fault is the JVM's or the process's own.
void onAccessSignal(int signal, siginfo_t* info, void* context) {
  Thread* current = isWorker() ? worker.current : nullptr;
  if (current != nullptr) {
    while (interruptedTaken.exchange(true)) {
    }
    interrupted = {signal, info->si_addr};
    auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
    uintptr_t top = reinterpret_cast<uintptr_t>(current->stack) + STACK_BYTES;
    forgetFrames(current->stack);
    registers[REG_RSP] = static_cast<greg_t>(top - 8);  // as after a call: 8 below a multiple of 16
    registers[REG_RIP] = reinterpret_cast<greg_t>(&faultAfterSignal);
    return;
  }
  const struct sigaction& previous = previousAction[signal];
  if (previous.sa_flags & SA_SIGINFO) {
    previous.sa_sigaction(signal, info, context);
  } else if (previous.sa_handler == SIG_DFL || previous.sa_handler == SIG_IGN) {
    ::signal(signal, SIG_DFL);  // returning repeats the access, which now ends the process
  } else {
    previous.sa_handler(signal);
  }
}

void catchAccessSignals() {
  for (int signal : ACCESS_SIGNALS) {
    sigaction(signal, nullptr, &previousAction[signal]);
    struct sigaction action = previousAction[signal];  // keeps the mask and flags that its handler expects
    action.sa_sigaction = onAccessSignal;
    action.sa_flags |= SA_SIGINFO | SA_ONSTACK;
    sigaction(signal, &action, nullptr);
  }
}

class Workers {
 public:
  // Runs `job` on all workers and returns when the last has finished it.
  void onAll(const std::function<void()>& job) {
    std::unique_lock<std::mutex> lock(mutex_);
    if (threads_ == 0) {
      start();
    }
    job_ = &job;
    busy_ = threads_;
    generation_++;
    wake_.notify_all();
    done_.wait(lock, [&] { return busy_ == 0; });
  }

 private:
  void start() {
    catchAccessSignals();
    threads_ = std::clamp(std::thread::hardware_concurrency(), 1u, MOST_WORKERS);
    for (unsigned i = 0; i < threads_; i++) {
      std::thread thread([this] { work(); });
      workerThreads[i] = thread.native_handle();
      workerThreadCount = i + 1;
      thread.detach();
    }
  }

  void work() {
    sigset_t blocked;
    sigfillset(&blocked);
    for (int signal : ACCESS_SIGNALS) {
      sigdelset(&blocked, signal);
    }
    pthread_sigmask(SIG_SETMASK, &blocked, nullptr);
    stack_t stack{};
    stack.ss_size = 256 << 10;
    stack.ss_sp = malloc(stack.ss_size);
    sigaltstack(&stack, nullptr);
    unsigned long seen = 0;
    while (true) {
      const std::function<void()>* job;
      {
        std::unique_lock<std::mutex> lock(mutex_);
        wake_.wait(lock, [&] { return generation_ != seen; });
        seen = generation_;
        job = job_;
      }
      (*job)();
      std::lock_guard<std::mutex> lock(mutex_);
      if (--busy_ == 0) {
        done_.notify_all();
      }
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_, done_;
  unsigned threads_ = 0, busy_ = 0;
  unsigned long generation_ = 0;
  const std::function<void()>* job_ = nullptr;
};

Workers& workers() {
  static auto* all = new Workers;  // never destroyed: its threads wait in it until the process ends
  return *all;
}

std::mutex faultMutex;
std::string firstFault;
std::atomic<bool> faulted{false};

std::string coordinates(const uint3& at) {
  return "(" + std::to_string(at.x) + "," + std::to_string(at.y) + "," + std::to_string(at.z) + ")";
}

}  // namespace

void reportFault(const Launch& launch, uint3 block, const uint3* thread, const std::string& what) {
  std::lock_guard<std::mutex> lock(faultMutex);
  faulted = true;
  if (firstFault.empty()) {
    firstFault = "kernel " + launch.kernel + ", block " + coordinates(block)
        + (thread == nullptr ? "" : ", thread " + coordinates(*thread)) + ": " + what;
  }
}

std::string run(const Launch& launch) {
  uint64_t blocks = uint64_t{launch.grid.x} * launch.grid.y * launch.grid.z;
  std::atomic<uint64_t> next{0};
  faulted = false;
  firstFault.clear();
  workers().onAll([&] {
    for (uint64_t taken; !faulted && (taken = next++) < blocks;) {
      uint64_t i = schedule.descendingBlocks ? blocks - 1 - taken : taken;
      uint64_t rows = i / launch.grid.x;
      runBlock(launch, {static_cast<unsigned>(i % launch.grid.x), static_cast<unsigned>(rows % launch.grid.y),
                        static_cast<unsigned>(rows / launch.grid.y)});
    }
  });
  return firstFault;
}

}  // namespace emulator
