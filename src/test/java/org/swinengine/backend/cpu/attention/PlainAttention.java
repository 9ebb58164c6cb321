package org.swinengine.backend.cpu.attention;

import org.swinengine.backend.WindowGeometry.PaddingOrder;

/**
 * Multi-head attention in double precision, written from the description of PyTorch's modules step by step:
 * pad, roll, partition, project nothing, mask from region labels, softmax, reverse, roll back, crop. Shares
 * no index arithmetic with the engine. Gradients are those of Σ out·dOut.
 */
final class PlainAttention {
  int batch;
  int height;
  int width;
  int windowHeight;
  int windowWidth;
  int shiftHeight;
  int shiftWidth;
  PaddingOrder order;
  int heads;
  int headDim;
  double scale;

  /** Operands; null where the form has none. */
  double[] qkv;

  double[] biasTable;
  double[] biasMatrix;
  double[] logitScale;
  double[] paddedQkv;

  /** Results. */
  double[] out;

  double[] dQkv;
  double[] dBiasTable;
  double[] dBiasMatrix;
  double[] dLogitScale;
  double[] dPaddedQkv;

  private int paddedHeight;
  private int paddedWidth;
  private int channels;

  /** Computes {@link #out}, and the gradients where {@code dOut} is not null. */
  void run(double[] dOut) {
    channels = heads * headDim;
    paddedHeight = height + (windowHeight - height % windowHeight) % windowHeight;
    paddedWidth = width + (windowWidth - width % windowWidth) % windowWidth;
    int rowSize = 3 * channels;
    double[] padding = paddedQkv == null ? new double[rowSize] : paddedQkv;
    double[][] windows = partition(shiftIn(qkv, rowSize, padding), rowSize);
    int[][] labels = labels();
    double[][] outWindows = new double[windows.length][windowHeight * windowWidth * channels];
    double[][] dWindows = new double[windows.length][windows[0].length];
    double[][] dOutWindows =
        dOut == null ? null : partition(shiftIn(dOut, channels, new double[channels]), channels);
    dBiasTable = biasTable == null ? null : new double[biasTable.length];
    dBiasMatrix = biasMatrix == null ? null : new double[biasMatrix.length];
    dLogitScale = new double[heads];
    for (int w = 0; w < windows.length; w++) {
      for (int h = 0; h < heads; h++) {
        double[] g = dOut == null ? null : dOutWindows[w];
        head(windows[w], labels[w % labels.length], h, outWindows[w], g, dWindows[w]);
      }
    }
    out = shiftOut(outWindows, channels, null);
    if (dOut != null) {
      dPaddedQkv = new double[rowSize];
      dQkv = shiftOut(dWindows, rowSize, dPaddedQkv);
    }
  }

  /** Image to the shifted, padded image {@code [batch, paddedHeight, paddedWidth, n]}. */
  private double[] shiftIn(double[] image, int n, double[] padding) {
    double[] x = image;
    int h = height;
    int w = width;
    if (order == PaddingOrder.SHIFT_THEN_PAD) {
      x = roll(x, h, w, n, -shiftHeight, -shiftWidth);
    }
    x = pad(x, n, padding);
    if (order == PaddingOrder.PAD_THEN_SHIFT) {
      x = roll(x, paddedHeight, paddedWidth, n, -shiftHeight, -shiftWidth);
    }
    return x;
  }

  private double[] pad(double[] x, int n, double[] padding) {
    double[] y = new double[batch * paddedHeight * paddedWidth * n];
    for (int b = 0; b < batch; b++) {
      for (int i = 0; i < paddedHeight; i++) {
        for (int j = 0; j < paddedWidth; j++) {
          boolean real = i < height && j < width;
          int to = ((b * paddedHeight + i) * paddedWidth + j) * n;
          System.arraycopy(real ? x : padding, real ? ((b * height + i) * width + j) * n : 0, y, to, n);
        }
      }
    }
    return y;
  }

  private double[] roll(double[] x, int h, int w, int n, int down, int right) {
    double[] y = new double[x.length];
    for (int b = 0; b < batch; b++) {
      for (int i = 0; i < h; i++) {
        for (int j = 0; j < w; j++) {
          int to = (b * h + Math.floorMod(i + down, h)) * w + Math.floorMod(j + right, w);
          System.arraycopy(x, ((b * h + i) * w + j) * n, y, to * n, n);
        }
      }
    }
    return y;
  }

  private double[][] partition(double[] x, int n) {
    int rows = paddedHeight / windowHeight;
    int columns = paddedWidth / windowWidth;
    double[][] windows = new double[batch * rows * columns][windowHeight * windowWidth * n];
    for (int b = 0; b < batch; b++) {
      for (int i = 0; i < paddedHeight; i++) {
        for (int j = 0; j < paddedWidth; j++) {
          int window = (b * rows + i / windowHeight) * columns + j / windowWidth;
          int token = i % windowHeight * windowWidth + j % windowWidth;
          System.arraycopy(x, ((b * paddedHeight + i) * paddedWidth + j) * n, windows[window], token * n, n);
        }
      }
    }
    return windows;
  }

  /** Windows back to the image; rows that fall on padding are added to {@code dropped}. */
  private double[] shiftOut(double[][] windows, int n, double[] dropped) {
    int rows = paddedHeight / windowHeight;
    int columns = paddedWidth / windowWidth;
    double[] x = new double[batch * paddedHeight * paddedWidth * n];
    for (int b = 0; b < batch; b++) {
      for (int i = 0; i < paddedHeight; i++) {
        for (int j = 0; j < paddedWidth; j++) {
          int window = (b * rows + i / windowHeight) * columns + j / windowWidth;
          int token = i % windowHeight * windowWidth + j % windowWidth;
          System.arraycopy(windows[window], token * n, x, ((b * paddedHeight + i) * paddedWidth + j) * n, n);
        }
      }
    }
    if (order == PaddingOrder.PAD_THEN_SHIFT) {
      x = roll(x, paddedHeight, paddedWidth, n, shiftHeight, shiftWidth);
    }
    double[] y = new double[batch * height * width * n];
    for (int b = 0; b < batch; b++) {
      for (int i = 0; i < paddedHeight; i++) {
        for (int j = 0; j < paddedWidth; j++) {
          int from = ((b * paddedHeight + i) * paddedWidth + j) * n;
          if (i < height && j < width) {
            System.arraycopy(x, from, y, ((b * height + i) * width + j) * n, n);
          } else if (dropped != null) {
            for (int c = 0; c < n; c++) {
              dropped[c] += x[from + c];
            }
          }
        }
      }
    }
    return order == PaddingOrder.SHIFT_THEN_PAD ? roll(y, height, width, n, shiftHeight, shiftWidth) : y;
  }

  /** Region labels of the tokens of every window, painted slice by slice as the original does. */
  int[][] labels() {
    paddedHeight = height + (windowHeight - height % windowHeight) % windowHeight;
    paddedWidth = width + (windowWidth - width % windowWidth) % windowWidth;
    int[] image = new int[paddedHeight * paddedWidth];
    int[] rowCuts = {0, paddedHeight - windowHeight, paddedHeight - shiftHeight, paddedHeight};
    int[] columnCuts = {0, paddedWidth - windowWidth, paddedWidth - shiftWidth, paddedWidth};
    if (shiftHeight == 0) {
      rowCuts = new int[] {0, 0, paddedHeight, paddedHeight};
    }
    if (shiftWidth == 0) {
      columnCuts = new int[] {0, 0, paddedWidth, paddedWidth};
    }
    int label = 0;
    for (int a = 0; a < 3; a++) {
      for (int b = 0; b < 3; b++) {
        for (int i = rowCuts[a]; i < rowCuts[a + 1]; i++) {
          for (int j = columnCuts[b]; j < columnCuts[b + 1]; j++) {
            image[i * paddedWidth + j] = label;
          }
        }
        label++;
      }
    }
    int columns = paddedWidth / windowWidth;
    int[][] windows = new int[paddedHeight / windowHeight * columns][windowHeight * windowWidth];
    for (int i = 0; i < paddedHeight; i++) {
      for (int j = 0; j < paddedWidth; j++) {
        int window = i / windowHeight * columns + j / windowWidth;
        windows[window][i % windowHeight * windowWidth + j % windowWidth] = image[i * paddedWidth + j];
      }
    }
    return windows;
  }

  private void head(double[] window, int[] labels, int h, double[] outWindow, double[] g, double[] dWindow) {
    int n = windowHeight * windowWidth;
    double[][] q = rows(window, n, h * headDim);
    double[][] k = rows(window, n, channels + h * headDim);
    double[][] v = rows(window, n, 2 * channels + h * headDim);
    double factor = logitScale == null ? scale : logitScale[h];
    double[] qNorm = new double[n];
    double[] kNorm = new double[n];
    if (logitScale != null) {
      normalise(q, qNorm);
      normalise(k, kNorm);
    }
    double[][] p = new double[n][n];
    for (int i = 0; i < n; i++) {
      double max = Double.NEGATIVE_INFINITY;
      for (int j = 0; j < n; j++) {
        p[i][j] = factor * dot(q[i], k[j]) + bias(h, i, j) + (labels[i] == labels[j] ? 0 : -100);
        max = Math.max(max, p[i][j]);
      }
      double sum = 0;
      for (int j = 0; j < n; j++) {
        p[i][j] = Math.exp(p[i][j] - max);
        sum += p[i][j];
      }
      for (int j = 0; j < n; j++) {
        p[i][j] /= sum;
        for (int d = 0; d < headDim; d++) {
          outWindow[i * channels + h * headDim + d] += p[i][j] * v[j][d];
        }
      }
    }
    if (g == null) {
      return;
    }
    double[][] dq = new double[n][headDim];
    double[][] dk = new double[n][headDim];
    double[][] dv = new double[n][headDim];
    for (int i = 0; i < n; i++) {
      double[] dOut = new double[headDim];
      System.arraycopy(g, i * channels + h * headDim, dOut, 0, headDim);
      double mean = 0;
      for (int j = 0; j < n; j++) {
        mean += p[i][j] * dot(dOut, v[j]);
      }
      for (int j = 0; j < n; j++) {
        double dLogit = p[i][j] * (dot(dOut, v[j]) - mean);
        if (biasTable != null) {
          dBiasTable[tableRow(i, j) * heads + h] += dLogit;
        }
        if (biasMatrix != null) {
          dBiasMatrix[(h * n + i) * n + j] += dLogit;
        }
        dLogitScale[h] += dLogit * dot(q[i], k[j]);
        for (int d = 0; d < headDim; d++) {
          dv[j][d] += p[i][j] * dOut[d];
          dq[i][d] += factor * dLogit * k[j][d];
          dk[j][d] += factor * dLogit * q[i][d];
        }
      }
    }
    if (logitScale != null) {
      normaliseBackward(q, qNorm, dq);
      normaliseBackward(k, kNorm, dk);
    }
    for (int i = 0; i < n; i++) {
      System.arraycopy(dq[i], 0, dWindow, i * 3 * channels + h * headDim, headDim);
      System.arraycopy(dk[i], 0, dWindow, i * 3 * channels + channels + h * headDim, headDim);
      System.arraycopy(dv[i], 0, dWindow, i * 3 * channels + 2 * channels + h * headDim, headDim);
    }
  }

  private double[][] rows(double[] window, int n, int channel) {
    double[][] x = new double[n][headDim];
    for (int i = 0; i < n; i++) {
      System.arraycopy(window, i * 3 * channels + channel, x[i], 0, headDim);
    }
    return x;
  }

  private static void normalise(double[][] x, double[] norms) {
    for (int i = 0; i < x.length; i++) {
      norms[i] = Math.max(Math.sqrt(dot(x[i], x[i])), 1e-12);
      for (int d = 0; d < x[i].length; d++) {
        x[i][d] /= norms[i];
      }
    }
  }

  private static void normaliseBackward(double[][] x, double[] norms, double[][] g) {
    for (int i = 0; i < x.length; i++) {
      double along = norms[i] <= 1e-12 ? 0 : dot(x[i], g[i]);
      for (int d = 0; d < x[i].length; d++) {
        g[i][d] = (g[i][d] - along * x[i][d]) / norms[i];
      }
    }
  }

  private static double dot(double[] x, double[] y) {
    double sum = 0;
    for (int d = 0; d < x.length; d++) {
      sum += x[d] * y[d];
    }
    return sum;
  }

  private double bias(int h, int i, int j) {
    int n = windowHeight * windowWidth;
    return (biasTable == null ? 0 : biasTable[tableRow(i, j) * heads + h])
        + (biasMatrix == null ? 0 : biasMatrix[(h * n + i) * n + j]);
  }

  private int tableRow(int i, int j) {
    int down = i / windowWidth - j / windowWidth + windowHeight - 1;
    int right = i % windowWidth - j % windowWidth + windowWidth - 1;
    return down * (2 * windowWidth - 1) + right;
  }
}
