// The CUDA emulator, as the kernels see it: device.cuh includes this file when the compiler is not nvcc.
//
//   language.h   CUDA's words and library: qualifiers, vector types, bf16, mathematics, atomics
//   machine.h    threads as fibers, blocks, barriers, shared memory, faults, the list of kernels
//   warp.h       what a warp does together: shuffles, votes, tensor cores; and the asynchronous copies
//
// The driver (streams.*, memory.*, driver*.cpp, controls.*) stands behind cuda driver calls and is not seen
// by kernels.
#pragma once

#include "language.h"
#include "machine.h"
#include "warp.h"
