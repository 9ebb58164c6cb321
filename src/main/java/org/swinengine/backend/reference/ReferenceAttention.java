package org.swinengine.backend.reference;

import java.util.Arrays;
import org.swinengine.backend.AttentionKernels;
import org.swinengine.backend.Span;
import org.swinengine.backend.WindowGeometry;

/** Attention family of the reference: for each window or sequence and head, an {@link AttentionHead}. */
final class ReferenceAttention implements AttentionKernels {
  private static final int PADDING = -1;

  @Override
  public void windowForward(
      WindowGeometry geometry, AttentionForm form, Span qkv, Span out, Span statistics) {
    int imageTokens = geometry.batch() * geometry.height() * geometry.width();
    int n = geometry.windowTokens();
    Operands operands = new Operands(form, n, imageTokens, qkv, geometry.biasTableRows());
    Results results = new Results(form, imageTokens, geometry.batch() * geometry.windows(), n);
    for (int image = 0; image < geometry.batch(); image++) {
      for (int window = 0; window < geometry.windows(); window++) {
        int[] tokens = windowTokens(geometry, image, window);
        for (int head = 0; head < form.heads(); head++) {
          double[][] added = biasAndMask(geometry, operands, window, head);
          results.add(operands.head(head, tokens, added), head, tokens, image * geometry.windows() + window);
        }
      }
    }
    ReferenceBuffer.write(results.out, out);
    ReferenceBuffer.writeIfWanted(results.statistics, statistics);
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
    int imageTokens = geometry.batch() * geometry.height() * geometry.width();
    int n = geometry.windowTokens();
    Operands operands = new Operands(form, n, imageTokens, qkv, geometry.biasTableRows());
    int windows = geometry.batch() * geometry.windows();
    GradientSums sums = new GradientSums(form, imageTokens, windows, n, statistics, dOut);
    double[] dBiasTable = new double[geometry.biasTableRows() * form.heads()];
    double[] dBiasMatrix = new double[form.heads() * n * n];
    double[] dLogitScale = new double[form.heads()];
    for (int image = 0; image < geometry.batch(); image++) {
      for (int window = 0; window < geometry.windows(); window++) {
        int[] tokens = windowTokens(geometry, image, window);
        for (int head = 0; head < form.heads(); head++) {
          double[][] added = biasAndMask(geometry, operands, window, head);
          AttentionHead.Gradients of =
              sums.add(operands.head(head, tokens, added), head, tokens, image * geometry.windows() + window);
          dLogitScale[head] += of.dFactor();
          for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
              dBiasTable[geometry.relativePositionIndex(i, j) * form.heads() + head] += of.dLogits()[i][j];
              dBiasMatrix[(head * n + i) * n + j] += of.dLogits()[i][j];
            }
          }
        }
      }
    }
    ReferenceBuffer.write(sums.dQkv, dQkv);
    ReferenceBuffer.writeIfWanted(dBiasTable, gradients.biasTable());
    ReferenceBuffer.writeIfWanted(dBiasMatrix, gradients.biasMatrix());
    ReferenceBuffer.writeIfWanted(dLogitScale, gradients.logitScale());
    ReferenceBuffer.writeIfWanted(sums.dPaddedQkv, gradients.paddedQkv());
  }

  @Override
  public void globalForward(int batch, int tokens, AttentionForm form, Span qkv, Span out, Span statistics) {
    Operands operands = new Operands(form, tokens, batch * tokens, qkv, 0);
    Results results = new Results(form, batch * tokens, batch, tokens);
    for (int sequence = 0; sequence < batch; sequence++) {
      int[] rows = sequenceTokens(tokens, sequence);
      for (int head = 0; head < form.heads(); head++) {
        results.add(operands.head(head, rows, operands.bias(head)), head, rows, sequence);
      }
    }
    ReferenceBuffer.write(results.out, out);
    ReferenceBuffer.writeIfWanted(results.statistics, statistics);
  }

  @Override
  public void globalBackward(
      int batch, int tokens, AttentionForm form, Span qkv, Span out, Span statistics, Span dOut, Span dQkv) {
    Operands operands = new Operands(form, tokens, batch * tokens, qkv, 0);
    GradientSums sums = new GradientSums(form, batch * tokens, batch, tokens, statistics, dOut);
    for (int sequence = 0; sequence < batch; sequence++) {
      int[] rows = sequenceTokens(tokens, sequence);
      for (int head = 0; head < form.heads(); head++) {
        sums.add(operands.head(head, rows, operands.bias(head)), head, rows, sequence);
      }
    }
    ReferenceBuffer.write(sums.dQkv, dQkv);
  }

  /** For each token of a window the row of the operands that it is, or {@link #PADDING}. */
  private static int[] windowTokens(WindowGeometry geometry, int image, int window) {
    int[] tokens = new int[geometry.windowTokens()];
    for (int t = 0; t < tokens.length; t++) {
      int source = geometry.sourceToken(rowOf(geometry, window, t), columnOf(geometry, window, t));
      tokens[t] = source < 0 ? PADDING : image * geometry.height() * geometry.width() + source;
    }
    return tokens;
  }

  private static int[] sequenceTokens(int tokens, int sequence) {
    int[] rows = new int[tokens];
    for (int t = 0; t < tokens; t++) {
      rows[t] = sequence * tokens + t;
    }
    return rows;
  }

  private static int rowOf(WindowGeometry geometry, int window, int token) {
    return window / geometry.windowColumns() * geometry.windowHeight() + token / geometry.windowWidth();
  }

  private static int columnOf(WindowGeometry geometry, int window, int token) {
    return window % geometry.windowColumns() * geometry.windowWidth() + token % geometry.windowWidth();
  }

  private static double[][] biasAndMask(WindowGeometry geometry, Operands operands, int window, int head) {
    int n = geometry.windowTokens();
    double[][] added = operands.bias(head);
    for (int i = 0; i < n; i++) {
      int queryRegion = geometry.region(rowOf(geometry, window, i), columnOf(geometry, window, i));
      for (int j = 0; j < n; j++) {
        if (operands.biasTable != null) {
          int row = geometry.relativePositionIndex(i, j);
          added[i][j] += operands.biasTable[row * operands.form.heads() + head];
        }
        if (queryRegion != geometry.region(rowOf(geometry, window, j), columnOf(geometry, window, j))) {
          added[i][j] += MASKED;
        }
      }
    }
    return added;
  }

  /** What the kernels read, in arrays. */
  private static final class Operands {
    final AttentionForm form;
    final int tokens;
    final double[] qkv;
    final double[] biasTable;
    final double[] biasMatrix;
    final double[] logitScale;
    final double[] paddedQkv;

    Operands(AttentionForm form, int tokens, int rows, Span qkv, int biasTableRows) {
      if (form.biasTable() != null && biasTableRows == 0) {
        throw new IllegalArgumentException(
            "globalAttention: a relative position bias table needs windows; give a bias matrix"
                + " [heads, tokens, tokens]");
      }
      this.form = form;
      this.tokens = tokens;
      this.qkv = ReferenceBuffer.read(qkv, 3L * rows * form.channels());
      this.biasTable = ReferenceBuffer.readIfGiven(form.biasTable(), (long) biasTableRows * form.heads());
      this.biasMatrix = ReferenceBuffer.readIfGiven(form.biasMatrix(), (long) form.heads() * tokens * tokens);
      this.logitScale = ReferenceBuffer.readIfGiven(form.logitScale(), form.heads());
      double[] padded = ReferenceBuffer.readIfGiven(form.paddedQkv(), 3L * form.channels());
      this.paddedQkv = padded == null ? new double[3 * form.channels()] : padded;
    }

    /** The bias matrix of a head, or zeros. */
    double[][] bias(int head) {
      double[][] bias = new double[tokens][tokens];
      if (biasMatrix != null) {
        for (int i = 0; i < tokens; i++) {
          int from = (head * tokens + i) * tokens;
          bias[i] = Arrays.copyOfRange(biasMatrix, from, from + tokens);
        }
      }
      return bias;
    }

    AttentionHead head(int head, int[] rows, double[][] added) {
      boolean cosine = logitScale != null;
      double factor = cosine ? logitScale[head] : form.scale();
      double[][] q = third(0, head, rows);
      double[][] k = third(1, head, rows);
      double[][] v = third(2, head, rows);
      return new AttentionHead(q, k, v, cosine, factor, added);
    }

    /** Q (0), K (1) or V (2) of a head, {@code [tokens][headDim]}. */
    private double[][] third(int third, int head, int[] rows) {
      double[][] result = new double[rows.length][];
      int within = third * form.channels() + head * form.headDim();
      for (int t = 0; t < rows.length; t++) {
        double[] from = rows[t] == PADDING ? paddedQkv : qkv;
        int at = rows[t] == PADDING ? within : rows[t] * 3 * form.channels() + within;
        result[t] = Arrays.copyOfRange(from, at, at + form.headDim());
      }
      return result;
    }
  }

  /** What the forward kernels write. */
  private static final class Results {
    final AttentionForm form;
    final double[] out;
    final double[] statistics;

    Results(AttentionForm form, int rows, int groups, int tokens) {
      this.form = form;
      this.out = new double[rows * form.channels()];
      this.statistics = new double[groups * form.heads() * tokens * 2];
    }

    void add(AttentionHead attention, int head, int[] rows, int group) {
      for (int t = 0; t < rows.length; t++) {
        double[] maximumAndSum = attention.rowStatistics(t);
        int place = ((group * form.heads() + head) * rows.length + t) * 2;
        statistics[place] = maximumAndSum[0];
        statistics[place + 1] = maximumAndSum[1];
        if (rows[t] != PADDING) {
          double[] result = attention.attend(attention.probabilities(t, maximumAndSum[0], maximumAndSum[1]));
          System.arraycopy(result, 0, out, rows[t] * form.channels() + head * form.headDim(), form.headDim());
        }
      }
    }
  }

  /** Gradients of the rows of qkv; padded tokens share one row. */
  private static final class GradientSums {
    final AttentionForm form;
    final double[] statistics;
    final double[] dOut;
    final double[] dQkv;
    final double[] dPaddedQkv;

    GradientSums(AttentionForm form, int rows, int groups, int tokens, Span statistics, Span dOut) {
      this.form = form;
      this.statistics = ReferenceBuffer.read(statistics, 2L * groups * form.heads() * tokens);
      this.dOut = ReferenceBuffer.read(dOut, (long) rows * form.channels());
      this.dQkv = new double[3 * rows * form.channels()];
      this.dPaddedQkv = new double[3 * form.channels()];
    }

    AttentionHead.Gradients add(AttentionHead attention, int head, int[] rows, int group) {
      double[][] probabilities = new double[rows.length][];
      double[][] outputGradient = new double[rows.length][form.headDim()];
      for (int t = 0; t < rows.length; t++) {
        int place = ((group * form.heads() + head) * rows.length + t) * 2;
        probabilities[t] = attention.probabilities(t, statistics[place], statistics[place + 1]);
        if (rows[t] != PADDING) { // the result of a padded query is dropped: its gradient is 0
          int from = rows[t] * form.channels() + head * form.headDim();
          outputGradient[t] = Arrays.copyOfRange(dOut, from, from + form.headDim());
        }
      }
      AttentionHead.Gradients gradients = attention.backward(probabilities, outputGradient);
      for (int t = 0; t < rows.length; t++) {
        addThird(0, head, rows[t], gradients.dq()[t]);
        addThird(1, head, rows[t], gradients.dk()[t]);
        addThird(2, head, rows[t], gradients.dv()[t]);
      }
      return gradients;
    }

    private void addThird(int third, int head, int row, double[] gradient) {
      double[] sum = row == PADDING ? dPaddedQkv : dQkv;
      int start = row == PADDING ? 0 : row * 3 * form.channels();
      int at = start + third * form.channels() + head * form.headDim();
      for (int d = 0; d < gradient.length; d++) {
        sum[at + d] += gradient[d];
      }
    }
  }
}
