package org.swinengine.backend.profile;

import java.util.function.Consumer;
import org.swinengine.backend.AttentionKernels;
import org.swinengine.backend.Span;
import org.swinengine.backend.WindowGeometry;

/**
 * Work of the attention family. Forward are two products of the size tokens² x headDim for each window and
 * head, QKᵀ and PV; backward are five: QKᵀ once more, dP, dV, dQ and dK. Padded tokens count as tokens.
 */
final class AttentionWork implements AttentionKernels {
  private static final int FORWARD_PRODUCTS = 2;
  private static final int BACKWARD_PRODUCTS = 5;

  private final Consumer<Work> called;

  AttentionWork(Consumer<Work> called) {
    this.called = called;
  }

  @Override
  public void windowForward(
      WindowGeometry geometry, AttentionForm form, Span qkv, Span out, Span statistics) {
    double bytes =
        Work.bytes(qkv, 3 * elements(geometry, form))
            + Work.bytes(out, elements(geometry, form))
            + Work.bytes(statistics, statistics(geometry, form))
            + operands(geometry, form);
    double flop = flop(FORWARD_PRODUCTS, windows(geometry), geometry.windowTokens(), form);
    called.accept(new Work("windowForward " + name(geometry, form), flop, bytes));
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
    double bytes =
        Work.bytes(qkv, 3 * elements(geometry, form))
            + Work.bytes(statistics, statistics(geometry, form))
            + Work.bytes(dOut, elements(geometry, form))
            + Work.bytes(dQkv, 3 * elements(geometry, form))
            + operands(geometry, form)
            + operands(
                geometry,
                form,
                gradients.biasTable(),
                gradients.biasMatrix(),
                gradients.logitScale(),
                gradients.paddedQkv());
    double flop = flop(BACKWARD_PRODUCTS, windows(geometry), geometry.windowTokens(), form);
    called.accept(new Work("windowBackward " + name(geometry, form), flop, bytes));
  }

  @Override
  public void globalForward(int batch, int tokens, AttentionForm form, Span qkv, Span out, Span statistics) {
    double elements = (double) batch * tokens * form.channels();
    double bytes =
        Work.bytes(qkv, 3 * elements)
            + Work.bytes(out, elements)
            + Work.bytes(statistics, 2.0 * batch * tokens * form.heads());
    double flop = flop(FORWARD_PRODUCTS, batch, tokens, form);
    called.accept(new Work("globalForward " + name(batch, tokens, form), flop, bytes));
  }

  @Override
  public void globalBackward(
      int batch, int tokens, AttentionForm form, Span qkv, Span out, Span statistics, Span dOut, Span dQkv) {
    double elements = (double) batch * tokens * form.channels();
    double bytes =
        Work.bytes(qkv, 3 * elements)
            + Work.bytes(out, elements)
            + Work.bytes(statistics, 2.0 * batch * tokens * form.heads())
            + Work.bytes(dOut, elements)
            + Work.bytes(dQkv, 3 * elements);
    double flop = flop(BACKWARD_PRODUCTS, batch, tokens, form);
    called.accept(new Work("globalBackward " + name(batch, tokens, form), flop, bytes));
  }

  private static double flop(int products, double windows, double tokens, AttentionForm form) {
    return products * 2.0 * windows * form.heads() * tokens * tokens * form.headDim();
  }

  private static double windows(WindowGeometry geometry) {
    return (double) geometry.batch() * geometry.windows();
  }

  private static double elements(WindowGeometry geometry, AttentionForm form) {
    return (double) geometry.batch() * geometry.height() * geometry.width() * form.channels();
  }

  private static double statistics(WindowGeometry geometry, AttentionForm form) {
    return windows(geometry) * form.heads() * geometry.windowTokens() * 2;
  }

  private static double operands(WindowGeometry geometry, AttentionForm form) {
    return operands(
        geometry, form, form.biasTable(), form.biasMatrix(), form.logitScale(), form.paddedQkv());
  }

  private static double operands(
      WindowGeometry geometry,
      AttentionForm form,
      Span biasTable,
      Span biasMatrix,
      Span logitScale,
      Span paddedQkv) {
    double tokens = geometry.windowTokens();
    return Work.bytes(biasTable, (double) geometry.biasTableRows() * form.heads())
        + Work.bytes(biasMatrix, form.heads() * tokens * tokens)
        + Work.bytes(logitScale, form.heads())
        + Work.bytes(geometry.isPadded() ? paddedQkv : null, 3.0 * form.channels());
  }

  private static String name(WindowGeometry geometry, AttentionForm form) {
    return geometry.windowHeight() + "x" + geometry.windowWidth() + heads(form);
  }

  private static String name(int batch, int tokens, AttentionForm form) {
    return batch + "x" + tokens + heads(form);
  }

  private static String heads(AttentionForm form) {
    return " heads " + form.heads() + " dim " + form.headDim();
  }
}
