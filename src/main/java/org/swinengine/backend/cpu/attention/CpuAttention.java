package org.swinengine.backend.cpu.attention;

import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import org.swinengine.backend.AttentionKernels;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.DType;
import org.swinengine.backend.MemoryKernels;
import org.swinengine.backend.Span;
import org.swinengine.backend.WindowGeometry;
import org.swinengine.backend.cpu.runtime.CpuBuffer;
import org.swinengine.backend.cpu.runtime.WorkerPool;

/**
 * Attention family on the CPU. A piece of work is a run of windows (or an image) and a group of heads. How
 * work is cut depends on sizes alone, and each piece sums parameter gradients in its own place, from where
 * they are added in the order of the pieces: results do not depend on the number of threads.
 */
public final class CpuAttention implements AttentionKernels {
  /** Windows of a piece of the forward pass. */
  private static final int CHUNK = 8;

  /** Pieces for each thread to have at least, as far as there are heads. */
  private static final int PIECES = 4;

  /** Query blocks of a piece of global attention. */
  private static final int QUERY_BLOCKS = 4;

  /** Geometries whose tables are kept. */
  private static final int KEPT_TABLES = 64;

  private final WorkerPool pool;
  private final MemoryKernels memory;
  private final AttentionLoops loops;
  private final ConcurrentHashMap<WindowGeometry, WindowTables> tables = new ConcurrentHashMap<>();

  public CpuAttention(WorkerPool pool, AttentionLoops loops, MemoryKernels memory) {
    this.pool = pool;
    this.memory = memory;
    this.loops = loops;
  }

  private WindowTables tables(WindowGeometry geometry) {
    WindowTables found = tables.get(geometry);
    if (found == null) {
      if (tables.size() >= KEPT_TABLES) {
        tables.clear();
      }
      found = new WindowTables(geometry);
      tables.put(geometry, found);
    }
    return found;
  }

  @Override
  public void windowForward(
      WindowGeometry geometry, AttentionForm form, Span qkv, Span out, Span statistics) {
    int windows = geometry.batch() * geometry.windows();
    int chunks = chunks(windows, CHUNK);
    int groups = groups(chunks, form.heads(), geometry);
    WindowAttentionHead attention =
        new WindowAttentionHead(loops, geometry, tables(geometry), form, held(groups, form.heads()), qkv);
    float[] y = CpuBuffer.floats(out);
    int yStart = CpuBuffer.start(out);
    float[] kept = statistics == null ? null : CpuBuffer.floats(statistics);
    int keptStart = statistics == null ? 0 : CpuBuffer.start(statistics);
    pool.run(
        chunks * groups,
        piece -> {
          int chunk = piece / groups;
          int group = piece % groups;
          float[] f = attention.floats(false);
          int[] rows = attention.rows();
          int begin = first(group, groups, form.heads());
          int end = first(group + 1, groups, form.heads());
          for (int head = begin; head < end; head++) {
            attention.loadBias(f, head, head - begin);
          }
          // Head after head of a window: memory is read in the order in which it lies.
          for (int w = chunk * CHUNK; w < Math.min(windows, (chunk + 1) * CHUNK); w++) {
            boolean padded = attention.locate(rows, w, yStart);
            for (int head = begin; head < end; head++) {
              attention.forward(f, rows, w, padded, head, head - begin, y, kept, keptStart);
            }
          }
        });
  }

  private static int chunks(int windows, int size) {
    return (windows + size - 1) / size;
  }

  /** Groups of heads that bring {@code chunks} to enough pieces, and whose biases may be held. */
  private int groups(int chunks, int heads, WindowGeometry geometry) {
    int pieces = PIECES * pool.threads();
    int held = WindowAttentionHead.headsHeld(geometry);
    return Math.min(heads, Math.max((pieces + chunks - 1) / chunks, (heads + held - 1) / held));
  }

  /** Heads of the largest group. */
  private static int held(int groups, int heads) {
    return (heads + groups - 1) / groups;
  }

  /** First of {@code n} things of a group, groups being nearly equal. */
  private static int first(int group, int groups, int n) {
    return (int) ((long) group * n / groups);
  }

  @Override
  public void windowBackward(
      WindowGeometry geometry,
      AttentionForm form,
      Span qkv,
      Span statistics,
      Span dOut,
      Span dQkv,
      FormGradients gradients) {
    int heads = form.heads();
    int windows = geometry.batch() * geometry.windows();
    FormSums sums = new FormSums(geometry, form, gradients);
    int size = AttentionKernels.windowsOfSum(windows, (long) heads * sums.matrixSize);
    int chunks = chunks(windows, size);
    int groups = groups(chunks, heads, geometry);
    WindowAttentionHead attention =
        new WindowAttentionHead(loops, geometry, tables(geometry), form, held(groups, heads), qkv);
    Buffer sumBuffer = memory.allocate(DType.FLOAT32, Math.max(1, (long) chunks * sums.size));
    try {
      float[] partial = CpuBuffer.floats(sumBuffer);
      int partialStart = CpuBuffer.start(sumBuffer);
      float[] kept = CpuBuffer.floats(statistics);
      int keptStart = CpuBuffer.start(statistics);
      float[] dy = CpuBuffer.floats(dOut);
      int dyStart = CpuBuffer.start(dOut);
      float[] dx = CpuBuffer.floats(dQkv);
      int dxStart = CpuBuffer.start(dQkv);
      boolean wantsBias = gradients.biasTable() != null || gradients.biasMatrix() != null;
      pool.run(
          chunks * groups,
          piece -> {
            int chunk = piece / groups;
            int group = piece % groups;
            int own = partialStart + chunk * sums.size;
            float[] f = attention.floats(true);
            int[] rows = attention.rows();
            int begin = first(group, groups, heads);
            int end = first(group + 1, groups, heads);
            for (int head = begin; head < end; head++) {
              attention.loadBias(f, head, head - begin);
              attention.clearBiasGradient(f, head - begin);
              sums.clearPadded(partial, own, head);
            }
            float[] dLogitScale = new float[end - begin];
            for (int w = chunk * size; w < Math.min(windows, (chunk + 1) * size); w++) {
              boolean padded = attention.locate(rows, w, dyStart);
              for (int head = begin; head < end; head++) {
                dLogitScale[head - begin] +=
                    attention.backward(
                        f, rows, w, padded, head, head - begin, kept, keptStart, dy, dx, dxStart, wantsBias,
                        gradients.paddedQkv() == null ? null : partial, own + sums.padded);
              }
            }
            for (int head = begin; head < end; head++) {
              sums.store(attention, f, head - begin, dLogitScale[head - begin], partial, own, head);
            }
          });
      if (sums.size > 0) {
        pool.run(heads, head -> sums.add(chunks, partial, partialStart, head));
      }
    } finally {
      sumBuffer.release();
    }
  }

  /**
   * Sums of the gradients of the form's operands: where a chunk of windows has its own, and their addition.
   */
  private static final class FormSums {
    private final AttentionForm form;
    private final FormGradients gradients;
    private final int tableRows;
    private final int matrixSize;
    private final int matrix;
    private final int logitScale;
    final int padded;
    final int size;

    FormSums(WindowGeometry geometry, AttentionForm form, FormGradients gradients) {
      this.form = form;
      this.gradients = gradients;
      tableRows = gradients.biasTable() == null ? 0 : geometry.biasTableRows();
      matrixSize = gradients.biasMatrix() == null ? 0 : geometry.windowTokens() * geometry.windowTokens();
      matrix = form.heads() * tableRows;
      logitScale = matrix + form.heads() * matrixSize;
      padded = logitScale + (gradients.logitScale() == null ? 0 : form.heads());
      size = padded + (gradients.paddedQkv() == null ? 0 : 3 * form.channels());
    }

    void clearPadded(float[] partial, int own, int head) {
      for (int third = 0; gradients.paddedQkv() != null && third < 3; third++) {
        int start = own + padded + third * form.channels() + head * form.headDim();
        Arrays.fill(partial, start, start + form.headDim(), 0f);
      }
    }

    void store(
        WindowAttentionHead attention,
        float[] f,
        int slot,
        float dLogitScale,
        float[] partial,
        int own,
        int head) {
      if (tableRows > 0) {
        attention.storeTableGradient(f, slot, partial, own + head * tableRows);
      }
      if (matrixSize > 0) {
        attention.storeMatrixGradient(f, slot, partial, own + matrix + head * matrixSize);
      }
      if (gradients.logitScale() != null) {
        partial[own + logitScale + head] = dLogitScale;
      }
    }

    /** Adds the chunks' sums of one head in order. */
    void add(int chunks, float[] partial, int start, int head) {
      if (tableRows > 0) {
        addTo(
            gradients.biasTable(), head, form.heads(), tableRows, chunks, partial, start + head * tableRows);
      }
      if (matrixSize > 0) {
        int from = start + matrix + head * matrixSize;
        addTo(gradients.biasMatrix(), head * matrixSize, 1, matrixSize, chunks, partial, from);
      }
      if (gradients.logitScale() != null) {
        addTo(gradients.logitScale(), head, 1, 1, chunks, partial, start + logitScale + head);
      }
      for (int third = 0; gradients.paddedQkv() != null && third < 3; third++) {
        int channel = third * form.channels() + head * form.headDim();
        addTo(gradients.paddedQkv(), channel, 1, form.headDim(), chunks, partial, start + padded + channel);
      }
    }

    private void addTo(Span to, int offset, int stride, int n, int chunks, float[] partial, int from) {
      float[] y = CpuBuffer.floats(to);
      int start = CpuBuffer.start(to) + offset;
      for (int i = 0; i < n; i++) {
        float sum = partial[from + i];
        for (int chunk = 1; chunk < chunks; chunk++) {
          sum += partial[from + i + chunk * size];
        }
        y[start + i * stride] = sum;
      }
    }
  }

  @Override
  public void globalForward(int batch, int tokens, AttentionForm form, Span qkv, Span out, Span statistics) {
    requirePlain(form);
    GlobalAttentionHead attention = new GlobalAttentionHead(loops, tokens, form, qkv);
    int heads = form.heads();
    int queries = QUERY_BLOCKS * GlobalAttentionHead.QUERIES;
    int runs = (tokens + queries - 1) / queries;
    float[] y = CpuBuffer.floats(out);
    int yStart = CpuBuffer.start(out);
    float[] kept = statistics == null ? null : CpuBuffer.floats(statistics);
    int keptStart = statistics == null ? 0 : CpuBuffer.start(statistics);
    pool.run(
        batch * heads * runs,
        piece -> {
          int run = piece % runs;
          int head = piece / runs % heads;
          int to = Math.min(tokens, (run + 1) * queries);
          attention.forward(piece / runs / heads, head, run * queries, to, y, yStart, kept, keptStart);
        });
  }

  @Override
  public void globalBackward(
      int batch, int tokens, AttentionForm form, Span qkv, Span out, Span statistics, Span dOut, Span dQkv) {
    requirePlain(form);
    GlobalAttentionHead attention = new GlobalAttentionHead(loops, tokens, form, qkv);
    int heads = form.heads();
    float[] y = CpuBuffer.floats(out);
    int yStart = CpuBuffer.start(out);
    float[] kept = CpuBuffer.floats(statistics);
    int keptStart = CpuBuffer.start(statistics);
    float[] dy = CpuBuffer.floats(dOut);
    int dyStart = CpuBuffer.start(dOut);
    float[] dx = CpuBuffer.floats(dQkv);
    int dxStart = CpuBuffer.start(dQkv);
    pool.run(
        batch * heads,
        piece -> attention.backward(
            piece / heads, piece % heads, y, yStart, kept, keptStart, dy, dyStart, dx, dxStart));
  }

  private static void requirePlain(AttentionForm form) {
    if (form.biasTable() != null || form.biasMatrix() != null || form.logitScale() != null) {
      throw new IllegalArgumentException(
          "global attention knows dot products only, without bias and logit scale; use AttentionForm.plain,"
              + " or window attention with one window of the whole image");
    }
  }
}
