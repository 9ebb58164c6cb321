package org.swinengine.backend.cuda;

import static jcuda.driver.CUresult.*;
import static jcuda.driver.JCudaDriver.*;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import jcuda.Pointer;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUstream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The emulator answers as CUDA does, to JCuda and to the small kernels in {@code src/test/cuda/kernels}. */
@Tag("cuda")
class EmulatorTest {
  private EmulatedDevice device;

  @BeforeEach
  void open() {
    device = EmulatedDevice.open();
  }

  @AfterEach
  void close() {
    EmulatedDevice.close(device);
  }

  @Test
  void saysWhatADeviceIs() {
    CUdevice handle = new CUdevice();
    assertEquals(0, cuDeviceGet(handle, 0));
    byte[] name = new byte[64];
    cuDeviceGetName(name, name.length, handle);
    assertEquals("CUDA emulator", new String(name).trim());
    int[] value = new int[1];
    cuDeviceGetAttribute(value, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, handle);
    assertEquals(9, value[0]);
    cuDeviceGetAttribute(value, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, handle);
    assertEquals(132, value[0]);
    cuDriverGetVersion(value);
    assertEquals(12060, value[0]);
    assertEquals(CUDA_ERROR_INVALID_DEVICE, cuDeviceGet(handle, 1));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8})
  void kernelsComputeTheSameUnderEverySchedule(int seed) {
    EmulatorControls.schedule(seed);
    int n = 1000;
    float[] x = numbers(n, 1), y = numbers(n, 2), expected = new float[n];
    for (int i = 0; i < n; i++) {
      expected[i] = Math.fma(2.5f, x[i], y[i]);
    }
    CUdeviceptr dx = device.upload(x), dy = device.upload(y);
    device.launch("probeAxpy", 21, 48, 0, 2.5f, dx, dy, (long) n); // the second warp is half a warp
    assertArrayEquals(expected, device.download(dy, n));

    CUdeviceptr sums = device.allocate(10 * 4);
    device.launch("probeRowSum", 10, 96, 0, dx, sums, 100);
    float[] got = device.download(sums, 10);
    for (int row = 0; row < 10; row++) {
      double sum = 0;
      for (int i = 0; i < 100; i++) {
        sum += x[row * 100 + i];
      }
      assertEquals(sum, got[row], 1e-5);
    }

    CUdeviceptr reversed = device.allocate(257 * 4);
    device.launch("probeReverse", 1, 32, 256 * 4, dx, reversed, 256);
    float[] back = device.download(reversed, 257);
    float largest = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < 256; i++) {
      assertEquals(x[255 - i], back[i]);
      largest = Math.max(largest, x[i]);
    }
    assertEquals(largest, back[256]);
    device.free(dx, dy, sums, reversed);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4})
  void tensorCoresMultiply(int seed) {
    EmulatorControls.schedule(seed);
    short[] a = new short[256], b = new short[256];
    float[] expected = new float[128];
    Random random = new Random(3);
    for (int i = 0; i < 256; i++) {
      a[i] = bf16(random.nextInt(17) - 8); // small integers: exact in bf16, and so are their sums in float32
      b[i] = bf16(random.nextInt(17) - 8);
    }
    for (int row = 0; row < 16; row++) {
      for (int column = 0; column < 8; column++) {
        for (int k = 0; k < 16; k++) {
          expected[row * 8 + column] += number(a[row * 16 + k]) * number(b[k * 8 + column]);
        }
      }
    }
    CUdeviceptr da = device.upload(a), db = device.upload(b), dc = device.allocate(128 * 4);
    device.launch("probeProduct", 1, 32, 0, da, db, dc);
    assertArrayEquals(expected, device.download(dc, 128));
    device.free(da, db, dc);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 8})
  void warpsShuffleVoteAndCount(int seed) {
    EmulatorControls.schedule(seed);
    CUdeviceptr out = device.allocate(32 * 16 * 4);
    device.launch("probeWarp", 1, 32, 0, out);
    float[] all = device.download(out, 32 * 16);
    for (int lane = 0; lane < 32; lane++) {
      float[] got = Arrays.copyOfRange(all, lane * 16, lane * 16 + 16);
      long product = 0xd2511f53L * ((0x12345678L + lane) & 0xffffffffL);
      float[] expected = {
        (lane + 1) % 32, lane < 3 ? lane : lane - 3, lane % 8 < 5 ? lane + 3 : lane, lane ^ 5,
        11, 2, (product >>> 32) & 0xffff, Float.intBitsToFloat(Float.floatToRawIntBits(1.5f) + lane),
        got[8], got[9], number(bf16(1.0f + lane / 300.0f)), 16,
        lane < 16 ? lane ^ 1 : -(lane ^ 1), 2, 3, Math.max(lane, 4)};
      assertArrayEquals(expected, got, "lane " + lane);
      assertEquals(1 / Math.sqrt(1 + lane), got[9], 1e-6);
    }
    assertEquals(0, all[8]);
    assertEquals(0.8427008, all[10 * 16 + 8], 1e-6); // erf(1)
    device.free(out);
  }

  @Test
  void atomicsCountOverAllBlocks() {
    CUdeviceptr counters = device.allocate(24);
    cuMemsetD8(counters, (byte) 0, 24);
    device.launch("probeCount", 50, 64, 0, counters, counters.withByteOffset(4), counters.withByteOffset(8));
    int[] got = new int[4];
    cuMemcpyDtoH(Pointer.to(got), counters, 16);
    assertEquals(3200, got[0]);
    assertEquals(1600f, Float.intBitsToFloat(got[1]));
    assertEquals(3200, got[3]);
    assertEquals(1, EmulatorControls.launches());
    device.free(counters);
  }

  @Test
  void limitsOfALaunchAreTheDrivers() {
    CUdeviceptr memory = device.allocate(1024);
    assertEquals(CUDA_ERROR_INVALID_VALUE, device.tryLaunch("probeReverse", 1, 1056, 0, memory, memory, 1));
    assertEquals(CUDA_ERROR_INVALID_VALUE, device.tryLaunch("probeReverse", 0, 32, 0, memory, memory, 1));
    assertEquals(CUDA_ERROR_INVALID_VALUE, device.tryLaunch("probeReverse", 1, 32, 49153, memory, memory, 1));
    device.allowSharedMemory("probeReverse", 100_000);
    assertEquals(0, device.tryLaunch("probeReverse", 1, 32, 100_000, memory, memory, 1));
    assertEquals(CUDA_ERROR_NOT_FOUND, device.find("noSuchKernel"));
    device.free(memory);
  }

  @Test
  void memoryRunsOut() {
    long[] available = new long[1];
    long[] total = new long[1];
    cuMemGetInfo(available, total);
    long others = total[0] - available[0]; // backends that other tests have open
    EmulatorControls.limitMemory(others + (1 << 20));
    CUdeviceptr half = device.allocate(1 << 19);
    cuMemGetInfo(available, total);
    assertEquals(others + (1 << 20), total[0]);
    assertEquals(1 << 19, available[0]);
    assertEquals(CUDA_ERROR_OUT_OF_MEMORY, cuMemAlloc(new CUdeviceptr(), (1 << 19) + 1));
    EmulatorControls.failAllocation(1);
    device.free(half, device.allocate(4));
    assertEquals(CUDA_ERROR_OUT_OF_MEMORY, cuMemAlloc(new CUdeviceptr(), 4));
    device.free(device.allocate(4));
  }

  @Test
  void newMemoryIsPoison() {
    CUdeviceptr memory = device.allocate(16);
    assertTrue(IntStream.range(0, 4).allMatch(i -> Float.isNaN(device.download(memory, 4)[i])));
    assertEquals(CUDA_ERROR_INVALID_VALUE, cuMemsetD8(memory, (byte) 0, 17));
    device.free(memory);
    assertEquals(CUDA_ERROR_INVALID_VALUE, cuMemFree(memory));
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 4})
  void aWriteIntoARedZoneIsAFault(int index) {
    assumeFalse(CudaEmulator.sanitizer().equals("address"), "AddressSanitizer ends the process at the write");
    CUdeviceptr memory = device.allocate(16);
    assertEquals(0, device.tryLaunch("probeAddress", 1, 1, 0, memory, index));
    assertEquals(CUDA_ERROR_LAUNCH_FAILED, cuCtxSynchronize());
    String[] text = new String[1];
    cuGetErrorString(CUDA_ERROR_LAUNCH_FAILED, text);
    String where = index < 0 ? "4 bytes before a device" : "0 bytes behind the end of a device";
    assertTrue(text[0].contains(where), text[0]);
    assertTrue(text[0].contains("probeAddress"), text[0]);
    assertEquals(CUDA_ERROR_LAUNCH_FAILED, cuMemAlloc(new CUdeviceptr(), 4), "a fault is sticky");
    EmulatorControls.reset();
    device.free(memory);
  }

  @Test
  void aWriteToNowhereIsAFaultAndTheProcessLivesOn() {
    assertEquals(CUDA_ERROR_LAUNCH_FAILED, device.tryLaunch("probeAddress", 3, 64, 0, 0L, 1000));
    String[] text = new String[1];
    cuGetErrorString(CUDA_ERROR_LAUNCH_FAILED, text);
    assertTrue(text[0].contains("kernel probeAddress, block ("), text[0]);
    assertEquals(CUDA_ERROR_LAUNCH_FAILED, cuCtxSynchronize());
    int[] sum = new int[1];
    assertEquals(3, nullPointersStillWork(null), "the JVM's own handler still turns SIGSEGV into exceptions");
    assertEquals(0, sum[0]);
  }

  private static int nullPointersStillWork(int[] array) {
    int caught = 0;
    for (int i = 0; i < 3; i++) {
      try {
        array[i]++;
      } catch (NullPointerException e) {
        caught++;
      }
    }
    return caught;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void streamsRunAtOnceOrLateButInOrder(int seed) {
    EmulatorControls.schedule(seed);
    boolean late = seed == 2;
    Pointer host = new Pointer();
    assertEquals(0, cuMemHostAlloc(host, 16, 0));
    var floats = host.getByteBuffer(0, 16).order(ByteOrder.nativeOrder()).asFloatBuffer();
    floats.put(0, 7f);
    CUstream first = new CUstream(), second = new CUstream();
    cuStreamCreate(first, 1);
    cuStreamCreate(second, 1);
    CUevent event = new CUevent();
    cuEventCreate(event, 0);
    CUdeviceptr memory = device.allocate(16), copy = device.allocate(16);
    cuMemcpyHtoDAsync(memory, host, 16, first);
    cuEventRecord(event, first);
    cuStreamWaitEvent(second, event, 0);
    cuMemcpyDtoDAsync(copy, memory, 16, second);
    floats.put(0, 8f); // the bug that "late" shows: used again before the copy is known to be done
    assertEquals(late ? CUDA_ERROR_NOT_READY : 0, cuEventQuery(event));
    assertEquals(0, cuStreamSynchronize(second));
    assertEquals(0, cuEventQuery(event));
    assertEquals(late ? 8f : 7f, device.download(copy, 4)[0]);
    cuStreamDestroy(first);
    cuStreamDestroy(second);
    cuEventDestroy(event);
    cuMemFreeHost(host);
    device.free(memory, copy);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void pageableMemoryIsStaged(int seed) {
    EmulatorControls.schedule(seed);
    float[] host = {1, 2, 3, 4};
    CUstream stream = new CUstream();
    cuStreamCreate(stream, 1);
    CUdeviceptr memory = device.allocate(16);
    cuMemcpyHtoDAsync(memory, Pointer.to(host), 16, stream);
    host[0] = 9;
    float[] back = new float[4];
    cuMemcpyDtoHAsync(Pointer.to(back), memory, 16, stream);
    assertArrayEquals(new float[] {1, 2, 3, 4}, back);
    cuStreamDestroy(stream);
    device.free(memory);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void aCapturedGraphRunsAsOftenAsItIsLaunched(int seed) {
    EmulatorControls.schedule(seed);
    CUstream stream = new CUstream(), side = new CUstream();
    cuStreamCreate(stream, 1);
    cuStreamCreate(side, 1);
    CUevent fork = new CUevent(), join = new CUevent();
    cuEventCreate(fork, 2);
    cuEventCreate(join, 2);
    CUdeviceptr x = device.upload(new float[] {1, 2}), y = device.upload(new float[] {0, 0});
    device.launch("probeAxpy", 1, 32, 0, 0f, x, y, 2L); // loads it, which a capture would forbid
    cuCtxSynchronize();
    long before = EmulatorControls.launches();
    assertEquals(0, cuStreamBeginCapture(stream, 0));
    device.launchOn(stream, "probeAxpy", 1, 32, 0, 1f, x, y, 2L);
    cuEventRecord(fork, stream);
    cuStreamWaitEvent(side, fork, 0);
    device.launchOn(side, "probeAxpy", 1, 32, 0, 10f, x, y, 2L);
    cuEventRecord(join, side);
    cuStreamWaitEvent(stream, join, 0);
    CUgraph graph = new CUgraph();
    assertEquals(0, cuStreamEndCapture(stream, graph));
    assertEquals(before, EmulatorControls.launches(), "captured, not run");
    CUgraphExec executable = new CUgraphExec();
    assertEquals(0, cuGraphInstantiate(executable, graph, 0));
    for (int i = 0; i < 3; i++) {
      assertEquals(0, cuGraphLaunch(executable, stream));
    }
    cuStreamSynchronize(stream);
    assertArrayEquals(new float[] {33, 66}, device.download(y, 2));
    assertEquals(before + 6, EmulatorControls.launches());

    assertEquals(0, cuStreamBeginCapture(stream, 0));
    assertEquals(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, cuStreamSynchronize(stream));
    assertEquals(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, cuStreamEndCapture(stream, graph));
    cuGraphExecDestroy(executable);
    cuStreamDestroy(stream);
    cuStreamDestroy(side);
    device.free(x, y);
  }

  /** What a driver forbids, by the mode of the capture. */
  @Test
  void aCaptureForbidsCallsOfItsOwnThreadOrOfAll() throws InterruptedException {
    CUstream stream = new CUstream();
    cuStreamCreate(stream, 1);
    CUgraph graph = new CUgraph();
    int[] results = new int[2];
    Runnable elsewhere = () -> {
      cuCtxSetCurrent(device.context());
      CUdeviceptr memory = new CUdeviceptr();
      results[0] = cuMemAlloc(memory, 16);
      if (results[0] == 0) {
        cuMemFree(memory);
      }
      results[1] = cuStreamEndCapture(stream, new CUgraph());
    };
    assertEquals(0, cuStreamBeginCapture(stream, 1)); // CU_STREAM_CAPTURE_MODE_THREAD_LOCAL
    Thread thread = new Thread(elsewhere);
    thread.start();
    thread.join();
    assertArrayEquals(new int[] {0, CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD}, results);
    assertEquals(0, cuStreamEndCapture(stream, graph));
    cuGraphDestroy(graph);

    assertEquals(0, cuStreamBeginCapture(stream, 1));
    assertEquals(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, cuMemAlloc(new CUdeviceptr(), 16));
    assertEquals(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, cuStreamEndCapture(stream, graph));

    assertEquals(0, cuStreamBeginCapture(stream, 0)); // CU_STREAM_CAPTURE_MODE_GLOBAL
    thread = new Thread(elsewhere);
    thread.start();
    thread.join();
    assertEquals(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, results[0]);
    assertEquals(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, cuStreamEndCapture(stream, graph));
    cuStreamDestroy(stream);
  }

  @Test
  void plannedFailuresHappen() {
    CUdeviceptr memory = device.allocate(16);
    EmulatorControls.failLaunch(1, CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES);
    assertEquals(0, device.tryLaunch("probeAddress", 1, 1, 0, memory, 0));
    assertEquals(CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES, device.tryLaunch("probeAddress", 1, 1, 0, memory, 0));
    assertEquals(0, device.tryLaunch("probeAddress", 1, 1, 0, memory, 0));
    EmulatorControls.loseDevice(1);
    assertEquals(0, cuCtxSynchronize());
    assertEquals(CUDA_ERROR_UNKNOWN, cuCtxSynchronize());
    assertEquals(CUDA_ERROR_UNKNOWN, cuMemFree(memory));
    EmulatorControls.reset();
    device.free(memory);
  }

  @Test
  void everyThreadNeedsAContext() throws InterruptedException {
    int[] result = {-1, -1};
    Thread thread = new Thread(() -> {
      result[0] = cuCtxSynchronize();
      cuCtxSetCurrent(device.context());
      result[1] = cuCtxSynchronize();
    });
    thread.start();
    thread.join();
    assertArrayEquals(new int[] {CUDA_ERROR_INVALID_CONTEXT, 0}, result);
  }

  @Test
  void whatIsNotEmulatedSaysSo() {
    assertEquals(CUDA_ERROR_NOT_SUPPORTED, cuMemAllocManaged(new CUdeviceptr(), 16, 1));
  }

  private static float[] numbers(int n, int seed) {
    Random random = new Random(seed);
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static short bf16(float value) {
    int bits = Float.floatToRawIntBits(value);
    return (short) ((bits + 0x7fff + (bits >>> 16 & 1)) >>> 16);
  }

  private static float number(short bf16) {
    return Float.intBitsToFloat(bf16 << 16);
  }
}
