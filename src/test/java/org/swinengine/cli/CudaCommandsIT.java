package org.swinengine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What users of a GPU see, where the one GPU is the emulated one; and what users without one see. */
class CudaCommandsIT {
  private static final int FAILED = 1;
  private static final int USAGE = 2;

  private static final Path FIXTURE = Path.of("src/test/resources/fixtures/ms_swin").toAbsolutePath();

  @TempDir
  Path temporary;
  private Jar jar;

  @BeforeEach
  void onTheEmulatedGpu() {
    jar = new Jar(temporary).emulatedGpu();
  }

  private String[] infer(Path output, String... more) {
    String[] words = {
      "infer", "--cfg", FIXTURE.resolve("model.yaml").toString(), "--weights",
      FIXTURE.resolve("weights.safetensors").toString(), "--input", FIXTURE.resolve("input.npy").toString(),
      "--output", output.toString()
    };
    String[] all = Arrays.copyOf(words, words.length + more.length);
    System.arraycopy(more, 0, all, words.length, more.length);
    return all;
  }

  /**
   * In bf16 each of some dozen stored activations loses up to 2⁻⁹ of its value, so the logits may be off by a
   * few times that; in float32 they are PyTorch's as on every device.
   */
  @ParameterizedTest
  @CsvSource({"auto, 1e-5", "off, 1e-5", "bf16, 3e-2"})
  void inferEqualsPyTorch(String amp, double tolerance) throws Exception {
    Path output = temporary.resolve("logits.npy");
    Jar.Result result = jar.run(infer(output, "--device", "cuda", "--amp", amp)).succeeded();
    assertTrue(result.output().contains("cuda:0"), result::toString);
    assertEquals(amp.equals("bf16"), result.output().contains("bf16"), result::toString);
    LogitsFiles.assertClose(FIXTURE.resolve("logits.npy"), output, tolerance);
  }

  @Test
  void withoutADeviceNamedTheGpuIsTaken() throws Exception {
    JsonNode result = jar.run(infer(temporary.resolve("logits.npy"), "--json")).succeeded().json();
    assertEquals("cuda", result.get("device").asText());
  }

  @Test
  void devicesDescribesTheGpu() throws Exception {
    JsonNode cuda = jar.run("devices", "--json").succeeded().json().get(2);
    assertEquals("cuda", cuda.get("name").asText());
    assertTrue(cuda.get("available").asBoolean(), cuda::toString);
    assertTrue(cuda.get("driver_cuda_version").asText().matches("\\d+\\.\\d+"), cuda::toString);
    JsonNode gpu = cuda.get("gpus").get(0);
    assertEquals("9.0", gpu.get("compute_capability").asText());
    assertTrue(gpu.get("multiprocessors").asInt() > 0, gpu::toString);
    long free = gpu.get("free_bytes").asLong();
    assertTrue(free > 0 && free <= gpu.get("total_bytes").asLong(), gpu::toString);
    assertTrue(gpu.get("kernels").has("norm"), gpu::toString);
    gpu.get("kernels")
        .forEach(form -> assertTrue(form.asText().matches("machine_code|ptx"), gpu::toString));
    String text = jar.run("devices").succeeded().output();
    for (String part : new String[] {"compute capability 9.0", "cuBLAS", "cuDNN", "auto takes cuda"}) {
      assertTrue(text.contains(part), () -> "no \"" + part + "\" in " + text);
    }
  }

  /** A driver that cannot be loaded stands for one that is not there: a machine with a GPU has one. */
  @Test
  void withoutADriverItIsSaidWhatIsMissing() throws Exception {
    Path missing = temporary.resolve("libcuda.so.1");
    Jar without = new Jar(temporary).driver(missing);
    Jar.Result devices = without.run("devices").succeeded();
    assertTrue(devices.output().contains("not available"), devices::toString);
    assertTrue(devices.output().contains("auto takes cpu"), devices::toString);
    assertFalse(devices.output().contains("\tat "), devices::toString);
    assertEquals(0, devices.errorLines().size(), devices::toString);
    JsonNode cuda = without.run("devices", "--json").succeeded().json().get(2);
    assertFalse(cuda.get("available").asBoolean());
    assertTrue(cuda.get("reason").asText().contains(missing.toString()), cuda::toString);
    Path output = temporary.resolve("logits.npy");
    without.run(infer(output, "--device", "cuda")).failedWith(FAILED, "device cuda", missing.toString());
    without.run(infer(output, "--amp", "bf16")).failedWith(FAILED, "bf16 needs a GPU", missing.toString());
    without.run(infer(output, "--tf32", "on"))
        .failedWith(FAILED, "--tf32 on needs a GPU", missing.toString());
  }

  @Test
  void aGpuThatIsNotThere() throws Exception {
    jar.run(infer(temporary.resolve("logits.npy"), "--device", "cuda:7"))
        .failedWith(FAILED, "cuda:7", "the driver sees 1");
  }

  @Test
  void halfPrecisionWithoutAGpu() throws Exception {
    jar.run(infer(temporary.resolve("logits.npy"), "--device", "cpu", "--amp", "bf16"))
        .failedWith(USAGE, "device cpu", "bf16 needs a GPU");
    jar.run(infer(temporary.resolve("logits.npy"), "--amp", "fp16"))
        .failedWith(USAGE, "--amp", "fp16", "bf16");
  }

  @Test
  void theGpusMemoryIsTooSmall() throws Exception {
    jar.environment("SWIN_EMULATOR_MEMORY", "100000");
    Path output = temporary.resolve("logits.npy");
    Jar.Result result =
        jar.run(infer(output, "--device", "cuda")).failedWith(FAILED, "cuda:0 has no room", "free");
    assertFalse(result.errors().contains("-Xmx"), result::toString);
    assertFalse(output.toFile().exists());
  }
}
