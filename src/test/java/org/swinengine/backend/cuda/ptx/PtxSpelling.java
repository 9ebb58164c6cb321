package org.swinengine.backend.cuda.ptx;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What instructions and special registers are called. */
final class PtxSpelling {
  private static final Map<String, Op> EXACT = new HashMap<>();
  private static final Map<String, PtxProgram.Special> SPECIALS = Map.of(
      "%tid.x", PtxProgram.Special.THREAD_X, "%ctaid.x", PtxProgram.Special.BLOCK_X,
      "%ctaid.y", PtxProgram.Special.BLOCK_Y, "%ctaid.z", PtxProgram.Special.BLOCK_Z,
      "%ntid.x", PtxProgram.Special.THREADS_X, "%nctaid.x", PtxProgram.Special.BLOCKS_X,
      "%nctaid.y", PtxProgram.Special.BLOCKS_Y, "%nctaid.z", PtxProgram.Special.BLOCKS_Z,
      "%laneid", PtxProgram.Special.LANE);

  static {
    name(Op.BRANCH, "bra", "bra.uni");
    name(Op.RETURN, "ret");
    name(Op.BARRIER, "bar.sync");
    name(Op.SYNC_WARP, "bar.warp.sync");
    name(Op.COMMIT, "cp.async.commit_group");
    name(Op.WAIT, "cp.async.wait_group");
    name(Op.COPY_ASYNC, "cp.async.cg.shared.global");
    name(Op.LOAD_MATRIX, "ldmatrix.sync.aligned.m8n8.x4.shared.b16");
    name(Op.LOAD_MATRIX_TRANSPOSED, "ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16");
    name(Op.PRODUCT, "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32");
    name(Op.PRODUCT_TF32, "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32");
    name(Op.SHUFFLE_XOR, "shfl.sync.bfly.b32");
    name(Op.SHUFFLE_INDEX, "shfl.sync.idx.b32");
    name(Op.SHUFFLE_DOWN, "shfl.sync.down.b32");
    name(Op.SHUFFLE_UP, "shfl.sync.up.b32");
    name(Op.AND_PREDICATE, "and.pred");
    name(Op.OR_PREDICATE, "or.pred");
    name(Op.XOR_PREDICATE, "xor.pred");
    name(Op.NOT_PREDICATE, "not.pred");
    name(Op.MOVE_PREDICATE, "mov.pred");
    name(Op.ADDRESS_OF_GLOBAL, "cvta.to.global.u64");
    name(Op.MOVE, "mov.u16", "mov.u32", "mov.u64", "mov.b32", "mov.b64", "mov.f32", "mov.f64", "cvt.s64.s32");
    name(Op.SELECT, "selp.u16", "selp.b32", "selp.b64", "selp.f32", "selp.f64", "selp.u32", "selp.u64");
    name(Op.AND, "and.b32", "and.b64", "and.b16");
    name(Op.OR, "or.b32", "or.b64", "or.b16");
    name(Op.XOR, "xor.b32", "xor.b64");
    name(Op.NOT, "not.b32", "not.b64");
    name(Op.TRUNCATE_32, "cvt.u32.u64");
    name(Op.TRUNCATE_16, "cvt.u16.u32");
    name(Op.ZERO_EXTEND, "cvt.u64.u32", "cvt.u32.u16");
    name(Op.ADD_32, "add.s32");
    name(Op.SUBTRACT_32, "sub.s32");
    name(Op.MULTIPLY_32, "mul.lo.s32");
    name(Op.MULTIPLY_ADD_32, "mad.lo.s32");
    name(Op.HIGH_PRODUCT_U32, "mul.hi.u32");
    name(Op.HIGH_PRODUCT_S32, "mul.hi.s32");
    name(Op.WIDE_PRODUCT_S32, "mul.wide.s32");
    name(Op.WIDE_PRODUCT_U32, "mul.wide.u32");
    name(Op.SHIFT_LEFT_32, "shl.b32");
    name(Op.SHIFT_RIGHT_S32, "shr.s32");
    name(Op.SHIFT_RIGHT_U32, "shr.u32");
    name(Op.NEGATE_32, "neg.s32");
    name(Op.ABSOLUTE_32, "abs.s32");
    name(Op.MIN_SIGNED, "min.s32", "min.s64");
    name(Op.MAX_SIGNED, "max.s32", "max.s64");
    name(Op.MIN_U32, "min.u32");
    name(Op.MAX_U32, "max.u32");
    name(Op.DIVIDE_S32, "div.s32");
    name(Op.DIVIDE_U32, "div.u32");
    name(Op.REMAINDER_S32, "rem.s32");
    name(Op.REMAINDER_U32, "rem.u32");
    name(Op.INSERT_BITS, "bfi.b32");
    name(Op.INSERT_BITS_64, "bfi.b64");
    name(Op.PERMUTE_BYTES, "prmt.b32");
    name(Op.ADD_64, "add.s64");
    name(Op.SUBTRACT_64, "sub.s64");
    name(Op.MULTIPLY_64, "mul.lo.s64");
    name(Op.SHIFT_LEFT_64, "shl.b64");
    name(Op.SHIFT_RIGHT_S64, "shr.s64");
    name(Op.SHIFT_RIGHT_U64, "shr.u64");
    name(Op.NEGATE_64, "neg.s64");
    name(Op.DIVIDE_S64, "div.s64");
    name(Op.DIVIDE_U64, "div.u64");
    name(Op.REMAINDER_S64, "rem.s64");
    name(Op.REMAINDER_U64, "rem.u64");
    name(Op.ADD_F32, "add.f32", "add.rn.f32");
    name(Op.SUBTRACT_F32, "sub.f32", "sub.rn.f32");
    name(Op.MULTIPLY_F32, "mul.f32", "mul.rn.f32");
    name(Op.FMA_F32, "fma.rn.f32");
    name(Op.FMA_DOWN_F32, "fma.rm.f32");
    name(Op.ADD_TO_ZERO_F32, "add.rz.f32");
    name(Op.NEGATE_F32, "neg.f32");
    name(Op.ABSOLUTE_F32, "abs.f32");
    name(Op.MAX_F32, "max.f32");
    name(Op.MIN_F32, "min.f32");
    name(Op.COPY_SIGN_F32, "copysign.f32");
    name(Op.DIVIDE_F32, "div.rn.f32");
    name(Op.RECIPROCAL_F32, "rcp.rn.f32");
    name(Op.RECIPROCAL_FAST_F32, "rcp.approx.ftz.f32");
    name(Op.ROOT_F32, "sqrt.rn.f32");
    name(Op.EXP2_F32, "ex2.approx.ftz.f32", "ex2.approx.f32");
    name(Op.SATURATE_F32, "cvt.sat.f32.f32");
    name(Op.TRUNCATE_F32, "cvt.rzi.f32.f32");
    name(Op.ROUND_F32, "cvt.rni.f32.f32");
    name(Op.FLOOR_F32, "cvt.rmi.f32.f32");
    name(Op.S32_TO_F32, "cvt.rn.f32.s32");
    name(Op.U32_TO_F32, "cvt.rn.f32.u32");
    name(Op.F32_TO_S32, "cvt.rzi.s32.f32");
    name(Op.FLOOR_TO_S32, "cvt.rmi.s32.f32");
    name(Op.F32_TO_F64, "cvt.f64.f32");
    name(Op.S32_TO_F64, "cvt.rn.f64.s32");
    name(Op.F64_TO_F32, "cvt.rn.f32.f64");
    name(Op.ADD_F64, "add.f64", "add.rn.f64");
    name(Op.SUBTRACT_F64, "sub.f64");
    name(Op.MULTIPLY_F64, "mul.f64", "mul.rn.f64");
    name(Op.NEGATE_F64, "neg.f64");
    name(Op.ABSOLUTE_F64, "abs.f64");
    name(Op.FLOOR_F64, "cvt.rmi.f64.f64");
    name(Op.F64_TO_S32, "cvt.rzi.s32.f64");
    name(Op.FMA_F64, "fma.rn.f64");
    name(Op.DIVIDE_F64, "div.rn.f64");
    name(Op.RECIPROCAL_F64, "rcp.rn.f64");
    name(Op.ROOT_F64, "sqrt.rn.f64");
    name(Op.TO_BF16, "cvt.rn.bf16.f32");
    name(Op.TO_TF32, "cvt.rna.tf32.f32");
    name(Op.TO_TWO_BF16, "cvt.rn.bf16x2.f32");
  }

  private PtxSpelling() {}

  private static void name(Op op, String... spellings) {
    for (String spelling : spellings) {
      EXACT.put(spelling, op);
    }
  }

  /** The operation of an instruction; {@code mov} also joins and splits registers. */
  static Op op(String code, List<String> operands) {
    if (code.startsWith("mov.b") && operands.get(0).startsWith("{")) {
      return Op.SPLIT;
    }
    if (code.startsWith("mov.b") && operands.get(1).startsWith("{")) {
      return code.equals("mov.b64") ? Op.JOIN : Op.UPPER_HALF;
    }
    Op op = EXACT.get(code);
    if (op == null) {
      op = code.startsWith("ld.param.") ? Op.LOAD_PARAMETER
          : code.startsWith("ld.global.") ? Op.LOAD_GLOBAL
              : code.startsWith("st.global.") ? Op.STORE_GLOBAL
                  : code.startsWith("ld.shared.") ? Op.LOAD_SHARED
                      : code.startsWith("st.shared.") ? Op.STORE_SHARED
                          : code.startsWith("setp.") ? Op.COMPARE
                              : null;
    }
    if (op == null) {
      throw new IllegalArgumentException("the machine has no " + code);
    }
    return op;
  }

  static PtxProgram.Special special(String register) {
    PtxProgram.Special special = SPECIALS.get(register);
    if (special == null) {
      throw new IllegalArgumentException("the machine has no register " + register);
    }
    return special;
  }
}
