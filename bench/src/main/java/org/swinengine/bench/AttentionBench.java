package org.swinengine.bench;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.swinengine.backend.AttentionKernels.AttentionForm;
import org.swinengine.backend.AttentionKernels.FormGradients;
import org.swinengine.backend.Buffer;
import org.swinengine.backend.WindowGeometry;
import org.swinengine.backend.WindowGeometry.PaddingOrder;

/**
 * Attention of Swin-T's stages (windows of 7×7, shifted except in the last stage) and of ViT-B/16. The two
 * products take {@code 4·batch·tokens·keys·channels} floating point operations forward, two and a half times
 * that backward.
 */
public class AttentionBench extends BackendBench {
  /**
   * {@code swin SIDE HEADS}: an image of SIDE × SIDE tokens in windows of 7 × 7; {@code swinv2 SIDE HEADS}:
   * cosine attention in windows of 16 × 16; {@code vit TOKENS HEADS}.
   */
  @Param({"swin 56 3", "swin 28 6", "swin 14 12", "swin 7 24", "swinv2 64 3", "swinv2 16 12", "vit 197 12"})
  public String shape;

  @Param("8")
  public int batch;

  private boolean global;
  private int tokens;
  private WindowGeometry geometry;
  private AttentionForm form;
  private FormGradients gradients;
  private Buffer qkv;
  private Buffer out;
  private Buffer statistics;
  private Buffer dOut;
  private Buffer dQkv;

  @Override
  protected void prepare() {
    String[] words = shape.split(" ");
    int side = Integer.parseInt(words[1]);
    int heads = Integer.parseInt(words[2]);
    global = words[0].equals("vit");
    tokens = global ? side : side * side;
    int headDim = global ? 64 : 32;
    boolean cosine = words[0].equals("swinv2");
    int window = cosine ? 16 : 7;
    int shift = side > window ? window / 2 : 0;
    geometry =
        new WindowGeometry(batch, side, side, window, window, shift, shift, PaddingOrder.SHIFT_THEN_PAD);
    int tableSize = geometry.biasTableRows() * heads;
    form =
        global
            ? AttentionForm.plain(heads, headDim)
            : new AttentionForm(
                heads,
                headDim,
                1 / Math.sqrt(headDim),
                random(tableSize),
                null,
                cosine ? filled(heads, 10) : null,
                null);
    gradients =
        new FormGradients(filled(tableSize, 0), null, cosine ? filled(heads, 0) : null, null);
    int size = batch * tokens * heads * headDim;
    qkv = random(3 * size);
    out = filled(size, 0);
    statistics = filled(2 * batch * tokens * heads, 0);
    dOut = random(size);
    dQkv = filled(3 * size, 0);
    forward(); // the backward pass reads what it writes
  }

  /** Forward pass, statistics kept. */
  @Benchmark
  public void forward() {
    if (global) {
      backend.attention().globalForward(batch, tokens, form, qkv, out, statistics);
    } else {
      backend.attention().windowForward(geometry, form, qkv, out, statistics);
    }
    backend.synchronize();
  }

  /** Backward pass, with the bias table's gradient. */
  @Benchmark
  public void backward() {
    if (global) {
      backend.attention().globalBackward(batch, tokens, form, qkv, out, statistics, dOut, dQkv);
    } else {
      backend.attention().windowBackward(geometry, form, qkv, statistics, dOut, dQkv, gradients);
    }
    backend.synchronize();
  }
}
