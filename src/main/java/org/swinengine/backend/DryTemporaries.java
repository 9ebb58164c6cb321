package org.swinengine.backend;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
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

  private void parts(KernelMemory.Parts parts) {
    if (parts.bytes() == 0) {
      return;
    }
    Buffer buffer = taken(parts.bytes());
    if (!parts.deferred() || depth == 0 || mostWaiting == 0) {
      buffer.release();
      return;
    }
    waiting.add(buffer);
    waitingBytes += parts.bytes();
    if (waitingBytes >= mostWaiting) {
      finish();
    }
  }

  private @Nullable Buffer takenOrNull(long bytes) {
    return bytes == 0 ? null : taken(bytes);
  }

  private static void release(@Nullable Buffer buffer) {
    if (buffer != null) {
      buffer.release();
    }
  }

  private Buffer taken(long bytes) {
    return memory.allocate(DType.FLOAT32, (bytes + Float.BYTES - 1) / Float.BYTES);
  }

  private void layer(DType type, int rows, DryWeight weight, Prologue prologue) {
    weight.fold(kernels.foldedWeight(type, weight.inFeatures(), weight.outFeatures(), prologue));
    release(
        takenOrNull(
            kernels.prologue(type, rows, weight.inFeatures(), weight.outFeatures(), prologue, false)));
  }

  private static DType type(Object span) {
    return ((Span) span).buffer().dtype();
  }

  /** What a kernel of this name takes for a call with these arguments. */
  void call(String name, Object[] a) {
    switch (name) {
      case "linear" -> layer(type(a[1]), (int) a[0], (DryWeight) a[2], (Prologue) a[3]);
      case "mlp" -> {
        Buffer hidden =
            takenOrNull(kernels.hidden(type(a[1]), (int) a[0], ((DryWeight) a[3]).outFeatures()));
        layer(type(a[1]), (int) a[0], (DryWeight) a[3], (Prologue) a[2]);
        release(hidden);
      }
      case "linearBackwardWeight" -> {
        DType type = type(a[3]);
        int rows = (int) a[0];
        int out = (int) a[5];
        int in = (int) a[6];
        boolean hasFactors = a[4] != null;
        Buffer again = takenOrNull(kernels.prologue(type(a[1]), rows, in, out, (Prologue) a[2], true));
        Buffer scaled = takenOrNull(hasFactors ? kernels.scaledRows(type, rows, out, in) : 0);
        parts(kernels.weightGradient(type, rows, out, in, hasFactors, a[8] != null));
        release(scaled);
        release(again);
      }
      case "linearOfPairBackwardWeight" -> parts(
          kernels.weightGradient(
              type(a[4]), (int) a[0], (int) a[5], 2 * (int) a[1], false, a[7] != null));
      case "layerNormBackward" -> {
        if (a[10] != null) {
          parts(kernels.normGradient(type(a[3]), (int) a[1], (int) a[2]));
        }
      }
      case "sumRows" -> parts(kernels.sumOfRows(type(a[2]), (int) a[0], (long) a[1]));
      case "windowBackward" -> parts(
          kernels.windowGradient(
              (WindowGeometry) a[0], (AttentionForm) a[1], (Span) a[2], (FormGradients) a[6]));
      case "globalBackward" -> release(
          takenOrNull(kernels.globalGradient((int) a[0], (int) a[1], (AttentionForm) a[2])));
      default -> {
      }
    }
  }
}
