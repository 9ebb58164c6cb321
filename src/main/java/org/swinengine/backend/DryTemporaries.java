package org.swinengine.backend;

import java.util.ArrayList;
import java.util.List;
import org.swinengine.backend.AttentionKernels.AttentionForm;
import org.swinengine.backend.AttentionKernels.FormGradients;
import org.swinengine.backend.DryBackend.DryWeight;

/** Takes from a dry run's memory what the kernels of its backend would take for themselves. */
final class DryTemporaries {
  private final MemoryKernels memory;
  private final KernelMemory kernels;
  private final long mostWaiting;

  /** Parts of sums that wait. */
  private final List<Buffer> waiting = new ArrayList<>();
  private long waitingBytes;
  private int depth;

  /** @param mostWaiting bytes of parts from which on they wait no longer; 0: none waits */
  DryTemporaries(MemoryKernels memory, KernelMemory kernels, long mostWaiting) {
    this.memory = memory;
    this.kernels = kernels;
    this.mostWaiting = mostWaiting;
  }

  /** From now on parts wait, if they do on the backend. */
  Deferral defer() {
    depth++;
    return () -> {
      depth--;
      if (depth == 0) {
        finish();
      }
    };
  }

  private void finish() {
    waiting.forEach(Buffer::release);
    waiting.clear();
    waitingBytes = 0;
  }

  /** In float32 sums whose order is the processor's are finished at once. */
  private void parts(DType type, long bytes) {
    if (bytes == 0) {
      return;
    }
    Buffer parts = memory.allocate(DType.FLOAT32, bytes / Float.BYTES);
    if (type != DType.BF16 || depth == 0 || mostWaiting == 0) {
      parts.release();
      return;
    }
    waiting.add(parts);
    waitingBytes += bytes;
    if (waitingBytes >= mostWaiting) {
      finish();
    }
  }

  private Buffer taken(long bytes) {
    return memory.allocate(DType.FLOAT32, (bytes + Float.BYTES - 1) / Float.BYTES);
  }

  private void layer(DType type, int rows, DryWeight weight, Prologue prologue) {
    weight.fold(kernels.foldedWeight(type, weight.inFeatures(), weight.outFeatures(), prologue));
    long bytes =
        kernels.prologue(type, rows, weight.inFeatures(), weight.outFeatures(), prologue, false);
    if (bytes > 0) {
      taken(bytes).release();
    }
  }

  private static DType type(Object span) {
    return ((Span) span).buffer().dtype();
  }

  /** What a kernel of this name takes for a call with these arguments. */
  void call(String name, Object[] a) {
    switch (name) {
      case "linear" -> layer(type(a[1]), (int) a[0], (DryWeight) a[2], (Prologue) a[3]);
      case "mlp" -> {
        long bytes = kernels.hidden(type(a[1]), (int) a[0], ((DryWeight) a[3]).outFeatures());
        Buffer hidden = bytes == 0 ? null : taken(bytes);
        layer(type(a[1]), (int) a[0], (DryWeight) a[3], (Prologue) a[2]);
        if (hidden != null) {
          hidden.release();
        }
      }
      case "linearBackwardWeight" -> {
        long again =
            kernels.prologue(type(a[1]), (int) a[0], (int) a[6], (int) a[5], (Prologue) a[2], true);
        Buffer rows = again == 0 ? null : taken(again);
        boolean hasFactors = a[4] != null;
        parts(
            type(a[3]),
            kernels.weightGradient(
                type(a[3]), (int) a[0], (int) a[5], (int) a[6], hasFactors, a[8] != null));
        if (rows != null) {
          rows.release();
        }
      }
      case "linearOfPairBackwardWeight" -> parts(
          type(a[4]),
          kernels.weightGradient(
              type(a[4]), (int) a[0], (int) a[5], 2 * (int) a[1], false, a[7] != null));
      case "layerNormBackward" -> {
        if (a[10] != null) {
          parts(type(a[3]), kernels.normGradient(type(a[3]), (int) a[1], (int) a[2]));
        }
      }
      case "sumRows" -> parts(type(a[2]), kernels.sumOfRows(type(a[2]), (int) a[0], (long) a[1]));
      case "windowBackward" -> parts(
          type(a[2]),
          kernels.windowGradient(
              (WindowGeometry) a[0], (AttentionForm) a[1], (Span) a[2], (FormGradients) a[6]));
      case "globalBackward" -> {
        long bytes = kernels.globalGradient((int) a[0], (int) a[1], (AttentionForm) a[2]);
        if (bytes > 0) {
          taken(bytes).release();
        }
      }
      default -> {
      }
    }
  }
}
