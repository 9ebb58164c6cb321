// The names and sentences of results.
#include "driver.h"

using namespace emulator;

namespace {
struct ErrorText {
  Result result;
  const char* name;
  const char* sentence;
};
const ErrorText ERRORS[] = {
  {SUCCESS, "CUDA_SUCCESS", "no error"},
  {INVALID_VALUE, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
  {OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
  {NOT_INITIALIZED, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
  {INVALID_DEVICE, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
  {INVALID_CONTEXT, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
  {INVALID_HANDLE, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
  {ILLEGAL_STATE, "CUDA_ERROR_ILLEGAL_STATE", "the operation cannot be performed in the present state"},
  {NOT_FOUND, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
  {NOT_READY, "CUDA_ERROR_NOT_READY", "device not ready"},
  {ILLEGAL_ADDRESS, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
  {LAUNCH_OUT_OF_RESOURCES, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", "too many resources requested for launch"},
  {LAUNCH_FAILED, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
  {NOT_SUPPORTED, "CUDA_ERROR_NOT_SUPPORTED", "operation not supported"},
  {CAPTURE_UNSUPPORTED, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED",
   "operation not permitted when stream is capturing"},
  {CAPTURE_INVALIDATED, "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED",
   "a previous error invalidated the stream's capture"},
  {CAPTURE_UNMATCHED, "CUDA_ERROR_STREAM_CAPTURE_UNMATCHED", "capture was not initiated in this stream"},
  {UNKNOWN, "CUDA_ERROR_UNKNOWN", "unknown error"},
};
}  // namespace

API cuGetErrorName(Result result, const char** name) {
  for (const ErrorText& error : ERRORS) {
    if (error.result == result) {
      *name = error.name;
      return SUCCESS;
    }
  }
  *name = nullptr;
  return INVALID_VALUE;
}

// After a fault the sentence goes on with what happened, which a real driver does not know.
API cuGetErrorString(Result result, const char** sentence) {
  static std::string faultSentence;
  *sentence = nullptr;
  for (const ErrorText& error : ERRORS) {
    if (error.result == result) {
      *sentence = error.sentence;
    }
  }
  withLock([&] {
    if (*sentence != nullptr && result != SUCCESS && result == state.sticky) {
      faultSentence = std::string(*sentence) + ": " + state.fault;
      *sentence = faultSentence.c_str();
    }
  });
  return *sentence == nullptr ? INVALID_VALUE : SUCCESS;
}
