package org.swinengine.backend.cuda.ptx;

/**
 * An instruction of a kernel. Operands are numbers of registers; constants have registers of their own, so
 * that nobody has to ask.
 */
final class Instruction {
  final Op op;
  final String text;

  /** The predicate that it stands under, -1 for none. */
  final int guard;
  final boolean guardIsNegated;

  /** Where results go. */
  final int[] results;

  /** What it reads; of an access the address first, then what is stored. */
  final int[] operands;

  /** Predicate that it reads (a selection) or writes (a comparison, a shuffle), -1 for none. */
  final int predicate;

  /** Predicates that an operation on predicates reads. */
  final int[] predicates;

  /** What is added to an address; of a parameter its place, in bytes, if that is known. */
  final long offset;

  /** Bytes of one element of an access, and whether it is sign-extended. */
  final int bytes;
  final boolean signed;

  /** Of a comparison: eq, ne, lt, le, gt, ge, or these with u behind for floats; and its type. */
  final String comparison;
  final char kind;
  final int size;

  /** Of a branch; an index, set when all labels are known. */
  int target = -1;

  /** Where lanes that part here meet again. */
  int meeting = -1;

  /** Instructions of machine code that come of it, on the average. */
  final double slots;

  /** Whether addresses or branches depend on what it computes. */
  boolean needed;

  Instruction(Op op, String text, Parts parts) {
    this.op = op;
    this.text = text;
    this.guard = parts.guard;
    this.guardIsNegated = parts.guardIsNegated;
    this.results = parts.results;
    this.operands = parts.operands;
    this.predicate = parts.predicate;
    this.predicates = parts.predicates;
    this.offset = parts.offset;
    this.bytes = parts.bytes;
    this.signed = parts.signed;
    this.comparison = parts.comparison;
    this.kind = parts.kind;
    this.size = parts.size;
    this.slots = MachineSlots.of(op, guard >= 0, size);
  }

  /** What a reader collects. */
  static final class Parts {
    int guard = -1;
    boolean guardIsNegated;
    int[] results = {};
    int[] operands = {};
    int predicate = -1;
    int[] predicates = {};
    long offset;
    int bytes;
    boolean signed;
    String comparison = "";
    char kind = 'b';
    int size = 32;
  }

  @Override
  public String toString() {
    return text;
  }
}
