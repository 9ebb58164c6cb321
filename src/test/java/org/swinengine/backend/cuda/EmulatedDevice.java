package org.swinengine.backend.cuda;

import static jcuda.driver.JCudaDriver.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.HashMap;
import java.util.Map;
import jcuda.NativePointerObject;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUmodule;
import jcuda.driver.CUstream;

/** The emulator behind plain JCuda calls, for tests of single kernels. Needs no main code. */
final class EmulatedDevice {
  private final CUcontext context = new CUcontext();
  private final CUmodule module = new CUmodule();
  private final Map<String, CUfunction> functions = new HashMap<>();

  /** The reset device, current on the calling thread. Where there is no emulator the test is skipped. */
  static EmulatedDevice open() {
    var library = CudaEmulator.library();
    assumeTrue(library.isPresent(), CudaEmulator.reason());
    System.load(library.get().toString());
    EmulatorControls.reset();
    return new EmulatedDevice();
  }

  private EmulatedDevice() {
    assertEquals(0, cuInit(0));
    assertEquals(0, cuDevicePrimaryCtxRetain(context, new CUdevice()));
    assertEquals(0, cuCtxSetCurrent(context));
    assertEquals(0, cuModuleLoadData(module, new byte[] {0}));
  }

  /** Gives back what {@link #open} took; null does nothing. */
  static void close(EmulatedDevice device) {
    if (device != null) {
      EmulatorControls.reset();
      assertEquals(0, cuModuleUnload(device.module));
      assertEquals(0, cuDevicePrimaryCtxRelease(new CUdevice()));
    }
  }

  CUcontext context() {
    return context;
  }

  CUdeviceptr allocate(long bytes) {
    CUdeviceptr memory = new CUdeviceptr();
    assertEquals(0, cuMemAlloc(memory, bytes));
    return memory;
  }

  void free(CUdeviceptr... memory) {
    for (CUdeviceptr one : memory) {
      assertEquals(0, cuMemFree(one));
    }
  }

  CUdeviceptr upload(float[] values) {
    CUdeviceptr memory = allocate(values.length * 4L);
    assertEquals(0, cuMemcpyHtoD(memory, Pointer.to(values), values.length * 4L));
    return memory;
  }

  CUdeviceptr upload(short[] values) {
    CUdeviceptr memory = allocate(values.length * 2L);
    assertEquals(0, cuMemcpyHtoD(memory, Pointer.to(values), values.length * 2L));
    return memory;
  }

  float[] download(CUdeviceptr memory, int count) {
    float[] values = new float[count];
    assertEquals(0, cuMemcpyDtoH(Pointer.to(values), memory, count * 4L));
    return values;
  }

  /** The result of looking a kernel up. */
  int find(String kernel) {
    return cuModuleGetFunction(new CUfunction(), module, kernel);
  }

  void allowSharedMemory(String kernel, int bytes) {
    int attribute = CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
    assertEquals(0, cuFuncSetAttribute(function(kernel), attribute, bytes));
  }

  /** Launches on the default stream; the launch itself must succeed. */
  void launch(String kernel, int blocks, int threads, int sharedBytes, Object... arguments) {
    assertEquals(0, tryLaunch(kernel, blocks, threads, sharedBytes, arguments), kernel);
  }

  void launchOn(CUstream stream, String kernel, int blocks, int threads, int sharedBytes,
      Object... arguments) {
    assertEquals(0, tryLaunchOn(stream, kernel, blocks, threads, sharedBytes, arguments), kernel);
  }

  /** Launches and returns the result. Arguments: device pointers, boxed numbers of the kernel's types. */
  int tryLaunch(String kernel, int blocks, int threads, int sharedBytes, Object... arguments) {
    return tryLaunchOn(null, kernel, blocks, threads, sharedBytes, arguments);
  }

  private int tryLaunchOn(CUstream stream, String kernel, int blocks, int threads, int sharedBytes,
      Object... arguments) {
    NativePointerObject[] pointers = new NativePointerObject[arguments.length];
    for (int i = 0; i < arguments.length; i++) {
      pointers[i] = pointerTo(arguments[i]);
    }
    return cuLaunchKernel(function(kernel), blocks, 1, 1, threads, 1, 1, sharedBytes, stream,
        Pointer.to(pointers), null);
  }

  private static Pointer pointerTo(Object argument) {
    if (argument instanceof CUdeviceptr memory) {
      return Pointer.to(memory);
    } else if (argument instanceof Integer number) {
      return Pointer.to(new int[] {number});
    } else if (argument instanceof Long number) {
      return Pointer.to(new long[] {number});
    } else if (argument instanceof Float number) {
      return Pointer.to(new float[] {number});
    }
    throw new IllegalArgumentException("argument " + argument + " is neither device memory nor a number");
  }

  private CUfunction function(String kernel) {
    return functions.computeIfAbsent(kernel, name -> {
      CUfunction function = new CUfunction();
      assertEquals(0, cuModuleGetFunction(function, module, name), name);
      return function;
    });
  }
}
