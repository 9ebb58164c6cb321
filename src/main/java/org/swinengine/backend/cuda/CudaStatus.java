package org.swinengine.backend.cuda;

import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/** What the driver's result codes mean. */
final class CudaStatus {
  /** Codes of CUDA 12.8 and later, for which JCuda has no names. */
  private static final int CONTAINED = 226;
  private static final int TENSOR_MEMORY_LEAK = 721;

  private CudaStatus() {}

  /** Name and number of a code, with the driver's own words where it has some. */
  static String describe(int code) {
    String[] words = new String[1];
    int known = JCudaDriver.cuGetErrorString(code, words);
    String name = name(code);
    return known == CUresult.CUDA_SUCCESS && words[0] != null
        ? name + " (" + code + "): " + words[0]
        : name + " (" + code + ")";
  }

  private static String name(int code) {
    switch (code) {
      case CONTAINED:
        return "CUDA_ERROR_CONTAINED";
      case TENSOR_MEMORY_LEAK:
        return "CUDA_ERROR_TENSOR_MEMORY_LEAK";
      default:
        return CUresult.stringFor(code);
    }
  }

  /** Whether a kernel did what it must not, so that everything on the device is lost. */
  static boolean isKernelFault(int code) {
    switch (code) {
      case CUresult.CUDA_ERROR_ILLEGAL_ADDRESS:
      case CUresult.CUDA_ERROR_LAUNCH_FAILED:
      case CUresult.CUDA_ERROR_LAUNCH_TIMEOUT:
      case CUresult.CUDA_ERROR_ILLEGAL_INSTRUCTION:
      case CUresult.CUDA_ERROR_MISALIGNED_ADDRESS:
      case CUresult.CUDA_ERROR_INVALID_ADDRESS_SPACE:
      case CUresult.CUDA_ERROR_INVALID_PC:
      case CUresult.CUDA_ERROR_ASSERT:
      case CONTAINED:
      case TENSOR_MEMORY_LEAK:
        return true;
      default:
        return false;
    }
  }

  /** Whether the device itself is gone or broken. */
  static boolean isDeviceLost(int code) {
    switch (code) {
      case CUresult.CUDA_ERROR_ECC_UNCORRECTABLE:
      case CUresult.CUDA_ERROR_HARDWARE_STACK_ERROR:
      case CUresult.CUDA_ERROR_NO_DEVICE:
      case CUresult.CUDA_ERROR_DEVICE_UNAVAILABLE:
      case CUresult.CUDA_ERROR_UNKNOWN:
      case CUresult.CUDA_ERROR_DEINITIALIZED:
        return true;
      default:
        return false;
    }
  }
}
