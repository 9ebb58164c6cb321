package org.swinengine.backend.cuda.ptx;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * What has to be known of a kernel before it runs: where lanes that part at a branch meet again (the branch's
 * immediate post-dominator, by the algorithm of Cooper, Harvey and Kennedy on the reversed graph), and which
 * instructions decide on addresses and branches.
 */
final class PtxFlow {
  private final List<Instruction> code;
  private final int[] blockOf;
  private final List<Integer> begins = new ArrayList<>();
  private final List<List<Integer>> before = new ArrayList<>();

  private PtxFlow(List<Instruction> code) {
    this.code = code;
    this.blockOf = new int[code.size() + 1];
  }

  static void complete(List<Instruction> code, int registers, int predicates) {
    new PtxFlow(code).meetings();
    needs(code, registers, predicates);
  }

  private void meetings() {
    int n = code.size();
    BitSet leaders = new BitSet();
    leaders.set(0);
    for (int i = 0; i < n; i++) {
      Op op = code.get(i).op;
      if (op == Op.BRANCH || op == Op.RETURN) {
        leaders.set(i + 1);
      }
      if (op == Op.BRANCH) {
        leaders.set(code.get(i).target);
      }
    }
    for (int i = leaders.nextSetBit(0); i >= 0 && i < n; i = leaders.nextSetBit(i + 1)) {
      begins.add(i);
    }
    int blocks = begins.size();
    begins.add(n);
    for (int b = 0; b < blocks; b++) {
      Arrays.fill(blockOf, begins.get(b), begins.get(b + 1), b);
    }
    blockOf[n] = blocks; // the end, where all lanes have left
    List<List<Integer>> after = new ArrayList<>();
    for (int b = 0; b <= blocks; b++) {
      after.add(new ArrayList<>());
      before.add(new ArrayList<>());
    }
    for (int b = 0; b < blocks; b++) {
      int end = begins.get(b + 1);
      Instruction last = code.get(end - 1);
      if (last.op == Op.BRANCH) {
        after.get(b).add(blockOf[last.target]);
      }
      if (last.op == Op.RETURN) {
        after.get(b).add(blocks);
      }
      if (!(last.op == Op.BRANCH || last.op == Op.RETURN) || last.guard >= 0) {
        after.get(b).add(end == n ? blocks : blockOf[end]);
      }
      for (int next : after.get(b)) {
        before.get(next).add(b);
      }
    }
    int[] meeting = postDominators(blocks, after);
    for (int b = 0; b < blocks; b++) {
      Instruction last = code.get(begins.get(b + 1) - 1);
      if (last.op == Op.BRANCH) {
        last.meeting = meeting[b] < 0 ? n : begins.get(meeting[b]);
      }
    }
  }

  private int[] postDominators(int exit, List<List<Integer>> after) {
    int[] order = new int[exit + 1]; // a number of each block, the exit's the highest
    int[] sequence = reversedPostOrder(exit, order);
    int[] above = new int[exit + 1];
    Arrays.fill(above, -1);
    above[exit] = exit;
    for (boolean changed = true; changed;) {
      changed = false;
      for (int b : sequence) {
        if (b == exit) {
          continue;
        }
        int chosen = -1;
        for (int next : after.get(b)) {
          if (above[next] >= 0) {
            chosen = chosen < 0 ? next : common(next, chosen, above, order);
          }
        }
        if (above[b] != chosen) {
          above[b] = chosen;
          changed = true;
        }
      }
    }
    return above;
  }

  private static int common(int a, int b, int[] above, int[] order) {
    int x = a;
    int y = b;
    while (x != y) {
      if (order[x] < order[y]) {
        x = above[x];
      } else {
        y = above[y];
      }
    }
    return x;
  }

  /** The blocks from the exit backwards, each after all from which it is reached but in loops. */
  private int[] reversedPostOrder(int exit, int[] order) {
    int[] stack = new int[exit + 2];
    int[] turn = new int[exit + 1];
    boolean[] seen = new boolean[exit + 1];
    List<Integer> finished = new ArrayList<>();
    int top = 0;
    stack[0] = exit;
    seen[exit] = true;
    while (top >= 0) {
      int b = stack[top];
      if (turn[b] < before.get(b).size()) {
        int next = before.get(b).get(turn[b]++);
        if (!seen[next]) {
          seen[next] = true;
          stack[++top] = next;
        }
      } else {
        order[b] = finished.size();
        finished.add(b);
        top--;
      }
    }
    int[] sequence = new int[finished.size()];
    for (int i = 0; i < sequence.length; i++) {
      sequence[i] = finished.get(sequence.length - 1 - i);
    }
    return sequence;
  }

  /**
   * Marks what addresses and branches depend on. What remains, the arithmetic, is counted but need not be
   * done. A value that passes through shared memory counts where any load there is needed.
   */
  private static void needs(List<Instruction> code, int registers, int predicates) {
    BitSet values = new BitSet(registers);
    BitSet conditions = new BitSet(predicates);
    boolean throughShared = false;
    for (boolean changed = true; changed;) {
      int known = values.cardinality() + conditions.cardinality();
      boolean wasThroughShared = throughShared;
      for (int i = code.size() - 1; i >= 0; i--) {
        Instruction one = code.get(i);
        if (one.guard >= 0) {
          conditions.set(one.guard);
        }
        boolean decides = one.op == Op.SYNC_WARP || one.op == Op.BARRIER;
        for (int result : one.results) {
          decides |= values.get(result);
        }
        boolean writesPredicate = one.op == Op.COMPARE || one.op.isOfPredicates() || one.op.isOfWarp();
        decides |= writesPredicate && one.predicate >= 0 && conditions.get(one.predicate);
        if (one.op.isAccess()) {
          values.set(one.operands[0]);
          throughShared |= one.op == Op.LOAD_SHARED && decides;
          decides |= one.op == Op.STORE_SHARED && throughShared || one.op == Op.COPY_ASYNC;
        }
        if (decides) {
          one.needed = true;
          for (int operand : one.operands) {
            values.set(operand);
          }
          for (int predicate : one.predicates) {
            conditions.set(predicate);
          }
          if (one.op == Op.SELECT) {
            conditions.set(one.predicate);
          }
        }
      }
      changed = values.cardinality() + conditions.cardinality() != known || wasThroughShared != throughShared;
    }
  }
}
