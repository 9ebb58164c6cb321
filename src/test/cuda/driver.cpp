// Devices, contexts, modules, functions and launches.
#include "driver.h"

#include <pthread.h>

#include <map>
#include <mutex>
#include <set>

#include "memory.h"

using namespace emulator;

namespace emulator {

DriverState state;

namespace {

struct Function {
  std::string name;
  Binder binder;
  size_t maxDynamicShared = DEFAULT_DYNAMIC_SHARED;
};

struct Module {
  // A function's attributes belong to the module that it was taken from.
  std::map<std::string, Function> functions;
};

std::recursive_mutex& driverLock() {
  static auto* lock = new std::recursive_mutex;
  return *lock;
}

std::set<Module*> modules;
int contextHandle;  // its address is the handle of the device's only context
int contextReferences = 0;

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
    case 75: return 9;                          // compute capability 9.0
    case 76: return 0;
    case 81: return 233472;                     // shared memory per multiprocessor
    case 82: return 65536;                      // registers per multiprocessor
    case 97: return MAX_DYNAMIC_SHARED;         // shared memory per block, opt-in
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
  return code == 700 || code == 702 || code == 710 || (code >= 714 && code <= 719) || code == 999;
}

}  // namespace

void withLock(const std::function<void()>& body) {
  std::lock_guard<std::recursive_mutex> lock(driverLock());
  body();
}

Result call(const std::function<Result()>& body) {
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
    if (currentContext() == nullptr || contextReferences == 0) {
      return refuse(INVALID_CONTEXT,
                    "no context is current on this thread; each thread must call cuCtxSetCurrent");
    }
    return body();
  });
}

Result outsideCapture(const std::function<Result()>& body) {
  return inContext([&] {
    if (anyCapture()) {
      invalidateCaptures();
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
  return isStream(handle) ? handle : nullptr;
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
  *version = 12060;
  return SUCCESS;
}

API cuDeviceGetCount(int* count) {
  return call([&] { *count = 1; return SUCCESS; });
}

API cuDeviceGet(int* device, int ordinal) {
  return call([&] { *device = 0; return ordinal == 0 ? SUCCESS : INVALID_DEVICE; });
}

API cuDeviceGetName(char* name, int length, int device) {
  return call([&] {
    snprintf(name, static_cast<size_t>(length), "CUDA emulator");
    return device == 0 ? SUCCESS : INVALID_DEVICE;
  });
}

API cuDeviceTotalMem_v2(size_t* bytes, int device) {
  return call([&] { *bytes = totalDeviceMemory(); return device == 0 ? SUCCESS : INVALID_DEVICE; });
}

API cuDeviceGetAttribute(int* value, int number, int device) {
  return call([&] { *value = attribute(number); return device == 0 ? SUCCESS : INVALID_DEVICE; });
}

API cuDeviceComputeCapability(int* major, int* minor, int device) {
  return call([&] { *major = 9; *minor = 0; return device == 0 ? SUCCESS : INVALID_DEVICE; });
}

API cuDeviceGetPCIBusId(char* id, int length, int device) {
  return call([&] {
    snprintf(id, static_cast<size_t>(length), "0000:00:00.0");
    return device == 0 ? SUCCESS : INVALID_DEVICE;
  });
}

API cuDeviceGetUuid(char* uuid, int device) {
  return call([&] { memset(uuid, 0, 16); return device == 0 ? SUCCESS : INVALID_DEVICE; });
}

// ---- contexts: one, the device's primary context ----------------------------------------------------------

API cuDevicePrimaryCtxRetain(void** context, int device) {
  return call([&] {
    contextReferences++;
    *context = &contextHandle;
    return device == 0 ? SUCCESS : INVALID_DEVICE;
  });
}

// Also after a fault: a program gives back what it holds and ends.
API cuDevicePrimaryCtxRelease_v2(int) {
  std::lock_guard<std::recursive_mutex> lock(driverLock());
  if (contextReferences == 0) {
    return INVALID_CONTEXT;
  }
  contextReferences--;
  return state.sticky;
}

API cuDevicePrimaryCtxGetState(int, unsigned* flags, int* active) {
  return call([&] { *flags = 0; *active = contextReferences > 0; return SUCCESS; });
}

API cuCtxSetCurrent(void* context) {
  return call([&] {
    if (context != nullptr && (context != &contextHandle || contextReferences == 0)) {
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
  return inContext([&] { *device = 0; return SUCCESS; });
}

API cuCtxSynchronize() {
  return outsideCapture([] {
    finishAll();
    checkMemory();
    return SUCCESS;
  });
}

API cuCtxGetStreamPriorityRange(int* least, int* greatest) {
  return inContext([&] { *least = 0; *greatest = -5; return SUCCESS; });
}

// ---- modules and functions --------------------------------------------------------------------------------

// The image is not looked at: the kernels are those that were compiled into this library.
API cuModuleLoadData(Module** module, const void* image) {
  return inContext([&] {
    if (image == nullptr) {
      return INVALID_VALUE;
    }
    *module = new Module;
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

API cuModuleGetFunction(Function** function, Module* module, const char* name) {
  return inContext([&] {
    if (modules.count(module) == 0) {
      return INVALID_HANDLE;
    }
    Binder binder = findKernel(name);
    if (binder == nullptr) {
      std::string kernel = name;
      return refuse(NOT_FOUND, "no kernel is named " + kernel + "; is KERNEL(" + kernel + ") missing?");
    }
    *function = &module->functions.emplace(name, Function{name, binder}).first->second;
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
      if (value < 0 || static_cast<size_t>(value) > MAX_DYNAMIC_SHARED) {
        return INVALID_VALUE;
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
    // Registers, static shared memory and local memory are nvcc's to say; they are unknown here.
    *value = number == 0 ? static_cast<int>(MAX_THREADS) : number == 5 || number == 6 ? 90
        : number == 8 ? static_cast<int>(function->maxDynamicShared) : 0;
    return SUCCESS;
  });
}

API cuFuncSetCacheConfig(void* handle, int) {
  return inContext([&] { return functionOf(handle) == nullptr ? INVALID_HANDLE : SUCCESS; });
}

// By threads and shared memory alone: registers are unknown here.
API cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, void* handle, int threads,
                                                size_t dynamicShared) {
  return inContext([&] {
    if (functionOf(handle) == nullptr || threads < 1) {
      return INVALID_VALUE;
    }
    size_t byShared = 233472 / (dynamicShared + 1024);
    *blocks = static_cast<int>(std::min<size_t>({32, static_cast<size_t>(2048 / threads), byShared}));
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
    if (dynamicShared > function->maxDynamicShared) {
      return refuse(INVALID_VALUE, name + ": " + std::to_string(dynamicShared)
          + " bytes of dynamic shared memory, but " + std::to_string(function->maxDynamicShared)
          + " are allowed; more needs cuFuncSetAttribute, up to 232448");
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
    enqueue(*stream, {name, [launch] { runKernel(launch); }});
    return SUCCESS;
  });
}
