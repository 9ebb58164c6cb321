package org.swinengine.backend.cuda;

import org.swinengine.backend.Buffer;
import org.swinengine.backend.Span;

/** Elements of a buffer from one on. */
record Part(Buffer buffer, long offset) implements Span {
  /** What a span holds from its element {@code first} on. */
  static Part of(Span span, long first) {
    return new Part(span.buffer(), span.offset() + first);
  }
}
