// What nvcc knows of a kernel and g++ does not: CudaEmulator writes the table from the checked-in PTX and
// what it assembles to for compute capability 9.0. Kernels that are not in it are not limited.
#pragma once

#include <string>

namespace emulator {

struct KernelLimits {
  const char* name;
  unsigned threads;    // of a block: __launch_bounds__
  unsigned shared;     // static shared memory of a block, in bytes
  unsigned registers;  // of a thread
};

extern const KernelLimits kernelLimits[];  // ends with a null name

// Null for a kernel that is not in the table.
const KernelLimits* limitsOf(const std::string& kernel);

}  // namespace emulator
