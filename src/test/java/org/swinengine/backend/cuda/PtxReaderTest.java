package org.swinengine.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.cuda.ptx.PtxReader;

/** The machine that runs PTX knows each instruction of each checked-in kernel. */
final class PtxReaderTest {
  private static final Pattern ENTRY = Pattern.compile("\\.entry (\\w+)\\(");

  @Test
  void everyKernelIsUnderstood() throws IOException {
    List<String> unknown = new ArrayList<>();
    int kernels = 0;
    for (String family : CheckedInKernels.families()) {
      String ptx = CheckedInKernels.ptx(family);
      Matcher entry = ENTRY.matcher(ptx);
      while (entry.find()) {
        kernels++;
        try {
          PtxReader.read(SingleKernelPtx.of(ptx, entry.group(1)));
        } catch (IllegalArgumentException e) {
          unknown.add(e.getMessage());
        }
      }
    }
    assertEquals(List.of(), unknown);
    assertTrue(kernels > 150, kernels + " kernels");
  }
}
