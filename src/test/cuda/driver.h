// What all driver calls share: result codes, the lock, the checks before a call, and the device's state after
// a fault.
//
// The functions named cu... have the signatures of NVIDIA's cuda.h, with its opaque handles replaced by our
// own types. Calls that the engine has no use for answer CUDA_ERROR_NOT_SUPPORTED and say so
// (driver_unsupported.cpp).
#pragma once

#include <functional>
#include <string>

#include "machine.h"
#include "streams.h"

#define API extern "C" __attribute__((visibility("default"))) emulator::Result

namespace emulator {

// CUresult, the values that occur here.
enum Result : int {
  SUCCESS = 0,
  INVALID_VALUE = 1,
  OUT_OF_MEMORY = 2,
  NOT_INITIALIZED = 3,
  INVALID_DEVICE = 101,
  INVALID_CONTEXT = 201,
  INVALID_HANDLE = 400,
  ILLEGAL_STATE = 401,
  NOT_FOUND = 500,
  NOT_READY = 600,
  ILLEGAL_ADDRESS = 700,
  LAUNCH_OUT_OF_RESOURCES = 701,
  LAUNCH_FAILED = 719,
  NOT_SUPPORTED = 801,
  CAPTURE_UNSUPPORTED = 900,
  CAPTURE_INVALIDATED = 901,
  CAPTURE_UNMATCHED = 903,
  CAPTURE_WRONG_THREAD = 908,
  UNKNOWN = 999,
};

// What a test asked to go wrong. A count of -1 means never; it goes down with each event, and the event at 0
// fails.
struct Failures {
  long launches = -1;
  int launchCode = 0;
  long allocations = -1;
  bool pinned = false;
  long calls = -1;
};

struct DriverState {
  bool initialized = false;
  Result sticky = SUCCESS;  // a fault: from then on every call answers this
  std::string fault;        // its sentence
  Failures failures;
  long launches = 0;
  int capability = 90;     // ten times the compute capability of each device
  int version = 12060;     // of the driver: the newest CUDA that it knows
  int devices = 1;
  std::string recentKernels;  // that ran since the red zones were last checked, the last few
};
extern DriverState state;

// Runs `body` under the driver's lock, whatever state the device is in.
void withLock(const std::function<void()>& body);

// One driver call: takes the lock, answers the sticky error if there is one, and otherwise runs `body`. A
// fault that happens meanwhile is the call's result. `inContext` also asks that a context is current on the
// calling thread.
Result call(const std::function<Result()>& body);
Result inContext(const std::function<Result()>& body);
// A call that a capture may forbid: it waits, allocates or frees.
Result outsideCapture(const std::function<Result()>& body);

// Says why a call is refused, on standard error.
Result refuse(Result result, const std::string& sentence);

// Makes the device's fault known: prints it, drops all pending work, and from now on every call fails.
void loseDevice(Result result, const std::string& sentence);

// Checks the red zones of device memory; a damaged one is a fault of the kernels that ran last.
void checkMemory();

// The device of the context that is current on this thread; -1 without one.
int currentDevice();

// The stream of a handle: null and 1 are the default stream. Null for an invalid handle, and for a stream of
// another context than the current one.
Stream* streamOf(Stream* handle);

// Applies SWIN_EMULATOR_SEED, SWIN_EMULATOR_MEMORY and SWIN_EMULATOR_FAIL. False when one of them makes no
// sense.
bool readEnvironment();

}  // namespace emulator
