// Devices, contexts, modules, functions and launches.
#include "driver.h"

#include <pthread.h>

#include <map>
#include <mutex>
#include <set>

#include "images.h"
#include "kernel_limits.h"
#include "ledger.h"
#include "memory.h"

using namespace emulator;

namespace emulator {

DriverState state;

namespace {

struct Function {
  std::string name;
  Binder binder;
  int device;
  unsigned maxThreads = MAX_THREADS;
  size_t staticShared = 0;
  int registers = 0;  // unknown
  size_t maxDynamicShared = DEFAULT_DYNAMIC_SHARED;
};

struct Module {
  // A function's attributes belong to the module that it was taken from.
  std::map<std::string, Function> functions;
  Image image;
  int device;
};

std::recursive_mutex& driverLock() {
  static auto* lock = new std::recursive_mutex;
  return *lock;
}

std::set<Module*> modules;
constexpr int MOST_DEVICES = 8;
int contextHandles[MOST_DEVICES];  // addresses are the handles of the devices' only contexts
int contextReferences[MOST_DEVICES];

// The context of each thread. Not thread_local: with the first such variable that a thread touches it gets
// all of the library's, and those are the shared memory of a block.
pthread_key_t contextKey = [] {
  pthread_key_t key;
  pthread_key_create(&key, nullptr);
  return key;
}();

void* currentContext() { return pthread_getspecific(contextKey); }

std::string sides(unsigned x, unsigned y, unsigned z) {
  return std::to_string(x) + " x " + std::to_string(y) + " x " + std::to_string(z);
}

Function* functionOf(void* handle) {
  for (Module* module : modules) {
    for (auto& [name, function] : module->functions) {
      if (&function == handle) {
        return &function;
      }
    }
  }
  return nullptr;
}

bool isDevice(int device) { return device >= 0 && device < state.devices; }

// As hardware hands them out: for each warp, eight for each thread at a time. 0 where it is not known.
uint64_t registersOfABlock(const Function& function, uint64_t threads) {
  uint64_t ofAThread = static_cast<uint64_t>(function.registers + 7) / 8 * 8;
  return (threads + 31) / 32 * 32 * ofAThread;
}

// Shared memory that a block can have, 1 KiB less than a multiprocessor has: "Technical Specifications per Compute
// Capability" of the CUDA C++ Programming Guide.
size_t mostShared() {
  switch (state.capability) {
    case 80: case 87: return 166912;
    case 86: case 89: case 120: case 121: return 101376;
    default: return MAX_DYNAMIC_SHARED;
  }
}

int attribute(int number) {
  switch (number) {  // CUdevice_attribute; the figures of an H200 where an engine may plan with them
    case 1: return MAX_THREADS;
    case 2: case 3: return 1024;                // block dimensions x, y
    case 4: return 64;                          // z
    case 5: return 2147483647;                  // grid dimensions x
    case 6: case 7: return 65535;               // y, z
    case 8: return DEFAULT_DYNAMIC_SHARED;      // shared memory per block
    case 9: return 65536;                       // constant memory
    case 10: return 32;                         // warp
    case 12: return 65536;                      // registers per block
    case 13: return 1980000;                    // clock, kHz
    case 14: return 512;                        // texture alignment
    case 15: return 1;                          // copies and kernels overlap
    case 16: return 132;                        // multiprocessors
    case 19: return 1;                          // can map host memory
    case 31: return 1;                          // concurrent kernels
    case 36: return 3201000;                    // memory clock, kHz
    case 37: return 6144;                       // memory bus, bits
    case 38: return 50 << 20;                   // L2 cache
    case 39: return 2048;                       // threads per multiprocessor
    case 40: return 3;                          // copy engines
    case 41: return 1;                          // unified addressing
    case 75: return state.capability / 10;      // compute capability
    case 76: return state.capability % 10;
    case 81: return static_cast<int>(mostShared()) + 1024;  // shared memory per multiprocessor
    case 82: return 65536;                      // registers per multiprocessor
    case 97: return static_cast<int>(mostShared());         // shared memory per block, opt-in
    case 106: return 32;                        // blocks per multiprocessor
    case 111: return 1024;                      // shared memory that the system keeps per block
    default: return 0;
  }
}

void runKernel(const Launch& launch) {
  if (state.sticky != SUCCESS) {
    return;
  }
  state.launches++;
  state.recentKernels += (state.recentKernels.empty() ? "" : ", ") + launch.kernel;
  if (state.recentKernels.size() > 200) {
    state.recentKernels = "..." + state.recentKernels.substr(state.recentKernels.size() - 200);
  }
  std::string fault = run(launch);
  if (!fault.empty()) {
    loseDevice(LAUNCH_FAILED, fault);
  }
}

// Errors after which a real device's context is unusable.
bool isSticky(int code) {
  return code == 226 || code == 700 || code == 702 || code == 710 || (code >= 714 && code <= 721 && code != 720) ||
         code == 999;
}

}  // namespace

int currentDevice() {
  auto* handle = static_cast<int*>(currentContext());
  return handle == nullptr ? -1 : static_cast<int>(handle - contextHandles);
}

const KernelLimits* limitsOf(const std::string& kernel) {
  for (const KernelLimits* limits = kernelLimits; limits->name != nullptr; limits++) {
    if (kernel == limits->name) {
      return limits;
    }
  }
  return nullptr;
}

void withLock(const std::function<void()>& body) {
  std::lock_guard<std::recursive_mutex> lock(driverLock());
  body();
}

void waitWhilePaused();  // pause.cpp

Result call(const std::function<Result()>& body) {
  waitWhilePaused();
  std::lock_guard<std::recursive_mutex> lock(driverLock());
  if (state.sticky != SUCCESS) {
    return state.sticky;
  }
  if (!state.initialized) {
    return NOT_INITIALIZED;
  }
  if (state.failures.calls >= 0 && state.failures.calls-- == 0) {
    loseDevice(UNKNOWN, "the device is lost, as the test asked");
    return state.sticky;
  }
  Result result = body();
  return state.sticky != SUCCESS ? state.sticky : result;
}

Result inContext(const std::function<Result()>& body) {
  return call([&] {
    if (currentContext() == nullptr || contextReferences[currentDevice()] == 0) {
      return refuse(INVALID_CONTEXT,
                    "no context is current on this thread; each thread must call cuCtxSetCurrent");
    }
    return body();
  });
}

Result outsideCapture(const std::function<Result()>& body) {
  return inContext([&] {
    if (invalidateForbiddingCaptures()) {
      return refuse(CAPTURE_UNSUPPORTED, "a call that waits, allocates or frees while a stream is captured");
    }
    return body();
  });
}

Result refuse(Result result, const std::string& sentence) {
  fprintf(stderr, "CUDA emulator: %s (result %d)\n", sentence.c_str(), static_cast<int>(result));
  return result;
}

void loseDevice(Result result, const std::string& sentence) {
  if (state.sticky == SUCCESS) {
    state.sticky = result;
    state.fault = sentence;
    fprintf(stderr, "CUDA emulator: %s\n", sentence.c_str());
    dropPending();
  }
}

void checkMemory() {
  std::string damage = state.sticky == SUCCESS ? checkRedZones() : "";
  if (!damage.empty()) {
    loseDevice(LAUNCH_FAILED, damage + "; kernels since the last check: "
        + (state.recentKernels.empty() ? "none" : state.recentKernels));
  }
  state.recentKernels.clear();
}

Stream* streamOf(Stream* handle) {
  if (handle == nullptr || handle == reinterpret_cast<Stream*>(1)) {
    return &defaultStream();
  }
  if (!isStream(handle)) {
    return nullptr;
  }
  if (handle->device != currentDevice()) {
    refuse(INVALID_HANDLE, "a stream of the context of device " + std::to_string(handle->device)
        + " is used while that of device " + std::to_string(currentDevice()) + " is current");
    return nullptr;
  }
  return handle;
}

}  // namespace emulator

// ---- initialization, devices ------------------------------------------------------------------------------

API cuInit(unsigned flags) {
  std::lock_guard<std::recursive_mutex> lock(driverLock());
  if (flags != 0) {
    return INVALID_VALUE;
  }
  if (!state.initialized) {
    if (!readEnvironment()) {
      return INVALID_VALUE;
    }
    state.initialized = true;
  }
  return SUCCESS;
}

API cuDriverGetVersion(int* version) {
  *version = state.version;
  return SUCCESS;
}

API cuDeviceGetCount(int* count) {
  return call([&] { *count = state.devices; return SUCCESS; });
}

API cuDeviceGet(int* device, int ordinal) {
  return call([&] { *device = ordinal; return isDevice(ordinal) ? SUCCESS : INVALID_DEVICE; });
}

API cuDeviceGetName(char* name, int length, int device) {
  return call([&] {
    snprintf(name, static_cast<size_t>(length), "CUDA emulator");
    return isDevice(device) ? SUCCESS : INVALID_DEVICE;
  });
}

API cuDeviceTotalMem_v2(size_t* bytes, int device) {
  return call([&] { *bytes = totalDeviceMemory(); return isDevice(device) ? SUCCESS : INVALID_DEVICE; });
}

API cuDeviceGetAttribute(int* value, int number, int device) {
  return call([&] { *value = attribute(number); return isDevice(device) ? SUCCESS : INVALID_DEVICE; });
}

API cuDeviceComputeCapability(int* major, int* minor, int device) {
  return call([&] { *major = state.capability / 10; *minor = state.capability % 10; return isDevice(device) ? SUCCESS : INVALID_DEVICE; });
}

API cuDeviceGetPCIBusId(char* id, int length, int device) {
  return call([&] {
    snprintf(id, static_cast<size_t>(length), "0000:00:00.0");
    return isDevice(device) ? SUCCESS : INVALID_DEVICE;
  });
}

API cuDeviceGetUuid(char* uuid, int device) {
  return call([&] { memset(uuid, 0, 16); return isDevice(device) ? SUCCESS : INVALID_DEVICE; });
}

// ---- contexts: one, the device's primary context ----------------------------------------------------------

API cuDevicePrimaryCtxRetain(void** context, int device) {
  return call([&] {
    if (!isDevice(device)) {
      return INVALID_DEVICE;
    }
    contextReferences[device]++;
    *context = &contextHandles[device];
    return SUCCESS;
  });
}

// Also after a fault: a program gives back what it holds and ends.
API cuDevicePrimaryCtxRelease_v2(int device) {
  std::lock_guard<std::recursive_mutex> lock(driverLock());
  if (device < 0 || device >= MOST_DEVICES || contextReferences[device] == 0) {
    return INVALID_CONTEXT;
  }
  contextReferences[device]--;
  return state.sticky;
}

API cuDevicePrimaryCtxGetState(int device, unsigned* flags, int* active) {
  return call([&] {
    *flags = 0;
    *active = isDevice(device) && contextReferences[device] > 0;
    return SUCCESS;
  });
}

API cuCtxSetCurrent(void* context) {
  return call([&] {
    auto* handle = static_cast<int*>(context);
    if (handle != nullptr && (handle < contextHandles || handle >= contextHandles + MOST_DEVICES
                              || contextReferences[handle - contextHandles] == 0)) {
      return INVALID_CONTEXT;
    }
    pthread_setspecific(contextKey, context);
    return SUCCESS;
  });
}

API cuCtxGetCurrent(void** context) {
  return call([&] { *context = currentContext(); return SUCCESS; });
}

API cuCtxGetDevice(int* device) {
  return inContext([&] { *device = currentDevice(); return SUCCESS; });
}

API cuCtxSynchronize() {
  return outsideCapture([] {
    note(Asked::StreamWait);
    finishAll();
    checkMemory();
    return SUCCESS;
  });
}

API cuCtxGetStreamPriorityRange(int* least, int* greatest) {
  return inContext([&] { *least = 0; *greatest = -5; return SUCCESS; });
}

// ---- modules and functions --------------------------------------------------------------------------------

// Whether a driver would take the image is looked at, the code in it is not: the kernels are those that were
// compiled into this library.
API cuModuleLoadData(Module** module, const void* image) {
  return outsideCapture([&] {
    if (image == nullptr) {
      return INVALID_VALUE;
    }
    Image read = readImage(image, state.version, state.capability);
    if (read.result != 0) {
      return refuse(static_cast<Result>(read.result), "this driver does not take the image");
    }
    *module = new Module{{}, read, currentDevice()};
    modules.insert(*module);
    return SUCCESS;
  });
}

API cuModuleLoadDataEx(Module** module, const void* image, unsigned, void*, void*) {
  return cuModuleLoadData(module, image);
}

API cuModuleUnload(Module* module) {
  return outsideCapture([&] {
    finishAll();
    if (modules.erase(module) == 0) {
      return INVALID_HANDLE;
    }
    delete module;
    return SUCCESS;
  });
}

// A driver that loads lazily brings the kernel's code to the device now, for which it allocates.
API cuModuleGetFunction(Function** function, Module* module, const char* name) {
  return outsideCapture([&] {
    if (modules.count(module) == 0) {
      return INVALID_HANDLE;
    }
    Binder binder = findKernel(name);
    if (binder == nullptr) {
      std::string kernel = name;
      return refuse(NOT_FOUND, "no kernel is named " + kernel + "; is KERNEL(" + kernel + ") missing?");
    }
    if (module->image.kind == ImageKind::Ptx && !hasEntry(module->image, name)) {
      return refuse(NOT_FOUND, std::string("the PTX of this module holds no kernel ") + name);
    }
    Function made{name, binder, module->device};
    if (const KernelLimits* limits = limitsOf(name)) {
      made.maxThreads = limits->threads;
      made.staticShared = limits->shared;
      made.registers = static_cast<int>(limits->registers);
      made.maxDynamicShared -= std::min<size_t>(made.staticShared, made.maxDynamicShared);
    }
    *function = &module->functions.emplace(name, made).first->second;
    return SUCCESS;
  });
}

API cuFuncSetAttribute(void* handle, int number, int value) {
  return inContext([&] {
    Function* function = functionOf(handle);
    if (function == nullptr) {
      return INVALID_HANDLE;
    }
    if (number == 8) {  // MAX_DYNAMIC_SHARED_SIZE_BYTES
      if (value < 0 || static_cast<size_t>(value) + function->staticShared > mostShared()) {
        return refuse(INVALID_VALUE, function->name + ": " + std::to_string(value)
            + " bytes of dynamic shared memory beside " + std::to_string(function->staticShared)
            + " static ones are more than a block can have, " + std::to_string(mostShared()));
      }
      function->maxDynamicShared = static_cast<size_t>(value);
    }
    return number == 8 || number == 9 ? SUCCESS : INVALID_VALUE;  // 9: the preferred carve-out, a hint
  });
}

API cuFuncGetAttribute(int* value, int number, void* handle) {
  return inContext([&] {
    Function* function = functionOf(handle);
    if (function == nullptr) {
      return INVALID_HANDLE;
    }
    *value = number == 0 ? static_cast<int>(function->maxThreads)
        : number == 1 ? static_cast<int>(function->staticShared)
        : number == 4 ? function->registers
        : number == 5 || number == 6 ? 90
        : number == 8 ? static_cast<int>(function->maxDynamicShared) : 0;
    return SUCCESS;
  });
}

API cuFuncSetCacheConfig(void* handle, int) {
  return inContext([&] { return functionOf(handle) == nullptr ? INVALID_HANDLE : SUCCESS; });
}

API cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, void* handle, int threads,
                                                size_t dynamicShared) {
  return inContext([&] {
    const Function* function = functionOf(handle);
    if (function == nullptr || threads < 1) {
      return INVALID_VALUE;
    }
    size_t byShared = 233472 / (dynamicShared + function->staticShared + 1024);
    size_t registers = registersOfABlock(*function, static_cast<uint64_t>(threads));
    size_t byRegisters = registers == 0 ? 32 : 65536 / registers;
    size_t byThreads = static_cast<size_t>(2048 / threads);
    *blocks = static_cast<int>(std::min<size_t>({32, byThreads, byShared, byRegisters}));
    return SUCCESS;
  });
}

// ---- launches ---------------------------------------------------------------------------------------------

API cuLaunchKernel(void* handle, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX,
                   unsigned blockY, unsigned blockZ, unsigned dynamicShared, Stream* streamHandle,
                   void** parameters, void** extra) {
  return inContext([&] {
    Function* function = functionOf(handle);
    Stream* stream = streamOf(streamHandle);
    if (function == nullptr || stream == nullptr) {
      return INVALID_HANDLE;
    }
    const std::string& name = function->name;
    if (function->device != currentDevice()) {
      return refuse(INVALID_HANDLE, name + ": a kernel of the context of device "
          + std::to_string(function->device) + " is launched while that of device "
          + std::to_string(currentDevice()) + " is current");
    }
    if (parameters == nullptr || extra != nullptr) {
      return refuse(NOT_SUPPORTED, name + ": parameters come through kernelParams; 'extra' is not emulated");
    }
    if (gridX == 0 || gridY == 0 || gridZ == 0 || gridX > 2147483647u || gridY > 65535 || gridZ > 65535) {
      return refuse(INVALID_VALUE, name + ": the grid is " + sides(gridX, gridY, gridZ)
          + ", but each side must be at least 1 and at most 2147483647, 65535, 65535");
    }
    uint64_t threads = uint64_t{blockX} * blockY * blockZ;
    if (threads == 0 || threads > MAX_THREADS || blockX > 1024 || blockY > 1024 || blockZ > 64) {
      return refuse(INVALID_VALUE, name + ": a block of " + sides(blockX, blockY, blockZ)
          + " threads; at most 1024 in all and 1024, 1024, 64 on a side are possible");
    }
    if (threads > function->maxThreads) {
      return refuse(INVALID_VALUE, name + ": a block of " + std::to_string(threads)
          + " threads, but its __launch_bounds__ allow " + std::to_string(function->maxThreads));
    }
    if (registersOfABlock(*function, threads) > 65536) {
      return refuse(LAUNCH_OUT_OF_RESOURCES, name + ": a block of " + std::to_string(threads) + " threads with "
          + std::to_string(function->registers) + " registers each takes more than the 65536 there are");
    }
    if (dynamicShared > function->maxDynamicShared) {
      return refuse(INVALID_VALUE, name + ": " + std::to_string(dynamicShared)
          + " bytes of dynamic shared memory, but " + std::to_string(function->maxDynamicShared)
          + " are allowed beside " + std::to_string(function->staticShared)
          + " static ones; more needs cuFuncSetAttribute, up to " + std::to_string(mostShared()) + " in all");
    }
    if (state.failures.launches >= 0 && state.failures.launches-- == 0) {
      auto code = static_cast<Result>(state.failures.launchCode);
      if (isSticky(code)) {
        loseDevice(code, "the launch of " + name + " failed, as the test asked");
      }
      return code;
    }
    Launch launch{name, {gridX, gridY, gridZ}, {blockX, blockY, blockZ}, dynamicShared,
                  function->binder(parameters)};
    noteLaunch(name.c_str(), {gridX, gridY, gridZ}, blockX, dynamicShared, parameters);
    if (!isSketchedOnly(name, threads * gridX * gridY * gridZ)) {
      enqueue(*stream, {name, [launch] { runKernel(launch); }});
    }
    return SUCCESS;
  });
}
