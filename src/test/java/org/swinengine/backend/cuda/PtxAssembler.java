package org.swinengine.backend.cuda;

import static jcuda.nvptxcompiler.JNvPTXCompiler.nvPTXCompilerCompile;
import static jcuda.nvptxcompiler.JNvPTXCompiler.nvPTXCompilerCreate;
import static jcuda.nvptxcompiler.JNvPTXCompiler.nvPTXCompilerDestroy;
import static jcuda.nvptxcompiler.JNvPTXCompiler.nvPTXCompilerGetErrorLog;
import static jcuda.nvptxcompiler.JNvPTXCompiler.nvPTXCompilerGetErrorLogSize;
import static jcuda.nvptxcompiler.JNvPTXCompiler.nvPTXCompilerGetInfoLog;
import static jcuda.nvptxcompiler.JNvPTXCompiler.nvPTXCompilerGetInfoLogSize;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jcuda.nvptxcompiler.JNvPTXCompiler;
import jcuda.nvptxcompiler.nvPTXCompileResult;
import jcuda.nvptxcompiler.nvPTXCompilerHandle;

/** NVIDIA's assembler for PTX, of CUDA 12.0, that comes with JCuda: it needs no GPU, driver or nvcc. */
final class PtxAssembler {
  private static final Pattern ENTRY = Pattern.compile("Compiling entry function '(\\w+)'");
  private static final Pattern STACK =
      Pattern.compile("(\\d+) bytes stack frame, (\\d+) bytes spill stores, (\\d+) bytes spill loads");
  private static final Pattern REGISTERS = Pattern.compile("Used (\\d+) registers");
  private static final Pattern SHARED = Pattern.compile("(\\d+) bytes smem");

  /**
   * What a kernel takes.
   *
   * @param registers of a thread
   * @param sharedBytes of static shared memory of a block; the dynamic comes with the launch
   * @param stackBytes of local memory of a thread, for arrays that are not in registers
   * @param spillBytes loaded and stored because registers ran out
   */
  record Usage(int registers, int sharedBytes, int stackBytes, int spillBytes) {}

  private PtxAssembler() {}

  /** Loads the library, which JCuda unpacks under a fixed name; so it gets a folder of its own for that. */
  static void load(Path folder) {
    String before = System.getProperty("java.io.tmpdir");
    try {
      System.setProperty("java.io.tmpdir", folder.toString());
      JNvPTXCompiler.setExceptionsEnabled(false);
    } finally {
      System.setProperty("java.io.tmpdir", before);
    }
  }

  /**
   * Assembles a text; several threads may.
   *
   * @param machine like {@code sm_90}
   * @return what each kernel takes, by name
   * @throws IllegalArgumentException with the assembler's messages if it refuses
   */
  static Map<String, Usage> assemble(String ptx, String machine) {
    byte[] bytes = ptx.getBytes(StandardCharsets.UTF_8);
    byte[] text = Arrays.copyOf(bytes, bytes.length + 1); // a zero ends it
    nvPTXCompilerHandle assembler = new nvPTXCompilerHandle();
    int result = nvPTXCompilerCreate(assembler, text.length, text);
    if (result != nvPTXCompileResult.NVPTXCOMPILE_SUCCESS) {
      throw new IllegalArgumentException("PTX refused: " + nvPTXCompileResult.stringFor(result));
    }
    try {
      String[] options = {"--gpu-name=" + machine, "--verbose"};
      result = nvPTXCompilerCompile(assembler, options.length, options);
      long[] size = new long[1];
      if (result != nvPTXCompileResult.NVPTXCOMPILE_SUCCESS) {
        nvPTXCompilerGetErrorLogSize(assembler, size);
        byte[] log = new byte[Math.toIntExact(size[0]) + 1];
        nvPTXCompilerGetErrorLog(assembler, log);
        throw new IllegalArgumentException(
            "PTX refused for " + machine + ": " + nvPTXCompileResult.stringFor(result) + "\n" + text(log));
      }
      nvPTXCompilerGetInfoLogSize(assembler, size);
      byte[] log = new byte[Math.toIntExact(size[0]) + 1];
      nvPTXCompilerGetInfoLog(assembler, log);
      return usages(text(log));
    } finally {
      nvPTXCompilerDestroy(assembler);
    }
  }

  private static String text(byte[] log) {
    return new String(log, StandardCharsets.UTF_8).replace("\0", "").strip();
  }

  /** The log names a kernel, then the stack of each function in it, then the kernel's registers. */
  private static Map<String, Usage> usages(String log) {
    Map<String, Usage> usages = new TreeMap<>();
    String kernel = null;
    int stack = 0;
    int spill = 0;
    for (String line : log.lines().toList()) {
      Matcher entry = ENTRY.matcher(line);
      Matcher frame = STACK.matcher(line);
      Matcher registers = REGISTERS.matcher(line);
      if (entry.find()) {
        kernel = entry.group(1);
        stack = 0;
        spill = 0;
      } else if (frame.find()) {
        stack += Integer.parseInt(frame.group(1));
        spill += Integer.parseInt(frame.group(2)) + Integer.parseInt(frame.group(3));
      } else if (registers.find()) {
        Matcher shared = SHARED.matcher(line);
        int sharedBytes = shared.find() ? Integer.parseInt(shared.group(1)) : 0;
        usages.put(kernel, new Usage(Integer.parseInt(registers.group(1)), sharedBytes, stack, spill));
      }
    }
    return usages;
  }
}
