package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The page of {@code bench/gpu all}. */
class GpuResultsTest {
  private static final String OURS =
      """
      {"peer":"swin-engine","what":"infer, bf16, batch 256","result":{"model":"swin_tiny_patch4_window7_224",
      "batch":256,"images_per_second":12000.4,"step_ms":21.333,"sgemm_gflops":101500,
      "copy_gb_per_s":4100.2,"profiled_ms":25.1,"products":[{"rows":6272,"in":192,"out":768,"gflops":250000}],
      "profile":[
      {"operation":"linear 6272x192->768 +bias","calls":12,"ms":3.25,"share":0.129,"gflops":222000,
      "gb_per_s":900},
      {"operation":"layerNorm","calls":29,"ms":2.5,"share":0.1,"gflops":0,"gb_per_s":2500}]}}
      """
          .replace("\n", "");

  @Test
  void measuredModelAndPeersAreBesideOneAnother() throws IOException {
    List<String> figures =
        List.of(
            OURS,
            "{\"peer\":\"torch\",\"what\":\"infer, bf16, batch 256\",\"result\":"
                + "{\"images_per_second\":8000}}",
            "{\"peer\":\"swin-engine\",\"what\":\"infer, off, batch 256\",\"result\":"
                + "{\"model\":\"swin_tiny_patch4_window7_224\",\"batch\":256,\"images_per_second\":3000}}");
    List<String> ledger =
        List.of("# Ledger", "| Swin-T, inference, 256 | 99 | 0 | 1 | 22.7 | 18.50 | 18.50 | 13840 |");
    String page = new GpuResults(figures, ledger).page("passed", "cuda  cuda:0: a GPU\n");
    assertTrue(page.contains("| infer, bf16, batch 256 | 12000 | 13840 | 8000 | 1.50 | – | – |"), page);
    assertTrue(page.contains("| infer, off, batch 256 | 3000 | – | – | – | – | – |"), page);
    assertTrue(page.contains("| linear 6272x192->768 +bias | 12.0 | 3.25 | 13 % | 222 | 900 |"), page);
    assertTrue(page.contains("| layerNorm | 29.0 | 2.50 | 10 % | – | 2500 |"), page);
    assertTrue(page.contains("A copy: 4100 GB/s") && page.contains("6272×192×768 250;"), page);
    assertTrue(page.contains("```\ncuda  cuda:0: a GPU\n```") && page.contains("**passed**"), page);
    assertFalse(new GpuResults(figures, ledger).page("failed", "").contains("passed"));
  }
}
