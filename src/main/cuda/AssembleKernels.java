import static jcuda.nvptxcompiler.JNvPTXCompiler.nvPTXCompilerCompile;
import static jcuda.nvptxcompiler.JNvPTXCompiler.nvPTXCompilerCreate;
import static jcuda.nvptxcompiler.JNvPTXCompiler.nvPTXCompilerDestroy;
import static jcuda.nvptxcompiler.JNvPTXCompiler.nvPTXCompilerGetCompiledProgram;
import static jcuda.nvptxcompiler.JNvPTXCompiler.nvPTXCompilerGetCompiledProgramSize;
import static jcuda.nvptxcompiler.JNvPTXCompiler.nvPTXCompilerGetErrorLog;
import static jcuda.nvptxcompiler.JNvPTXCompiler.nvPTXCompilerGetErrorLogSize;
import static jcuda.nvptxcompiler.JNvPTXCompiler.nvPTXCompilerGetInfoLog;
import static jcuda.nvptxcompiler.JNvPTXCompiler.nvPTXCompilerGetInfoLogSize;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import jcuda.nvptxcompiler.JNvPTXCompiler;
import jcuda.nvptxcompiler.nvPTXCompileResult;
import jcuda.nvptxcompiler.nvPTXCompilerHandle;

/**
 * Assembles PTX to machine code with NVIDIA's PTX compiler of CUDA 12.0, which JCuda's natives hold: it needs
 * no nvcc, and drivers older than nvcc's own load what it writes. {@code CompileKernels} starts it:
 *
 * <pre>
 * java -cp jcuda.jar:jcuda-natives.jar src/main/cuda/AssembleKernels.java sm_90 IN.ptx OUT.cubin
 * </pre>
 *
 * <p>{@code -Djava.io.tmpdir} should name an empty folder: JCuda takes a library that it finds there.
 */
final class AssembleKernels {
  private AssembleKernels() {}

  public static void main(String[] arguments) throws IOException {
    JNvPTXCompiler.setExceptionsEnabled(false);
    byte[] ptx = Files.readAllBytes(Path.of(arguments[1]));
    byte[] text = Arrays.copyOf(ptx, ptx.length + 1); // a zero ends it
    nvPTXCompilerHandle assembler = new nvPTXCompilerHandle();
    require(nvPTXCompilerCreate(assembler, text.length, text), assembler);
    String[] options = {"--gpu-name=" + arguments[0], "--warn-on-spills"};
    require(nvPTXCompilerCompile(assembler, options.length, options), assembler);
    long[] size = new long[1];
    nvPTXCompilerGetInfoLogSize(assembler, size);
    byte[] log = new byte[Math.toIntExact(size[0]) + 1];
    nvPTXCompilerGetInfoLog(assembler, log);
    System.out.print(text(log));
    require(nvPTXCompilerGetCompiledProgramSize(assembler, size), assembler);
    byte[] program = new byte[Math.toIntExact(size[0])];
    require(nvPTXCompilerGetCompiledProgram(assembler, program), assembler);
    nvPTXCompilerDestroy(assembler);
    Files.write(Path.of(arguments[2]), program);
  }

  private static void require(int result, nvPTXCompilerHandle assembler) {
    if (result != nvPTXCompileResult.NVPTXCOMPILE_SUCCESS) {
      long[] size = new long[1];
      nvPTXCompilerGetErrorLogSize(assembler, size);
      byte[] log = new byte[Math.toIntExact(size[0]) + 1];
      nvPTXCompilerGetErrorLog(assembler, log);
      System.out.println(nvPTXCompileResult.stringFor(result) + "\n" + text(log));
      System.exit(1);
    }
  }

  private static String text(byte[] log) {
    String words = new String(log, StandardCharsets.UTF_8).replace("\0", "").strip();
    return words.isEmpty() ? "" : words + "\n";
  }
}
