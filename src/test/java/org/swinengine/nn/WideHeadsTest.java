package org.swinengine.nn;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.reflect.Proxy;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.swinengine.backend.Backend;
import org.swinengine.backend.DType;
import org.swinengine.backend.cuda.CudaBackendsForTests;
import org.swinengine.backend.profile.ProfilingBackend;
import org.swinengine.backend.reference.ReferenceBackend;

/** Heads that a device has no kernels for are found before anything runs. */
class WideHeadsTest {
  private static final int[] WINDOW = {7, 7};

  /** A device that computes heads of up to 128 channels, and nothing else is asked of it. */
  private static Backend device() {
    return (Backend) Proxy.newProxyInstance(
        Backend.class.getClassLoader(), new Class<?>[] {Backend.class},
        (self, method, arguments) -> switch (method.getName()) {
          case "mostHeadChannels" -> 128;
          case "name" -> "cuda:0";
          default -> throw new AssertionError(method.getName() + " was asked for");
        });
  }

  private static List<Layer> attentions(int dim, int heads) {
    return List.of(
        new Attention(dim, heads, true, 0),
        new Sequential(new Attention(dim, heads, true, 0)));
  }

  @Test
  void theSentenceSaysWhereAndWhatToDo() {
    for (Layer wide : attentions(258, 2)) {
      String message =
          assertThrows(IllegalArgumentException.class, () -> wide.requireComputableOn(device())).getMessage();
      String path = wide instanceof Attention ? "" : "0";
      assertEquals(
          "the heads of '" + path + "' have 129 channels, but device cuda:0 computes attention of up to 128;"
              + " use more heads, or `device` cpu",
          message);
    }
    Module window = new WindowAttention(258, WINDOW, 2, true, null, 0);
    assertThrows(IllegalArgumentException.class, () -> window.requireComputableOn(device()));
    Module cosine = new CosineWindowAttention(258, WINDOW, 0, 2, true, 0);
    assertThrows(IllegalArgumentException.class, () -> cosine.requireComputableOn(device()));
  }

  @Test
  void headsThatFitAreTaken() {
    for (Layer narrow : attentions(256, 2)) {
      assertDoesNotThrow(() -> narrow.requireComputableOn(device()));
    }
    try (Backend reference = new ProfilingBackend(new ReferenceBackend())) {
      assertDoesNotThrow(() -> new Attention(1000, 1, true, 0).requireComputableOn(reference));
    }
  }

  @Test
  @Tag("cuda")
  void theGpusLimitIsItsKernels() {
    try (Backend cuda = CudaBackendsForTests.open(DType.BF16)) {
      assertEquals(128, cuda.mostHeadChannels());
    }
  }
}
