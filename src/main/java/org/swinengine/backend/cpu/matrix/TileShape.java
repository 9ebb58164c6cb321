package org.swinengine.backend.cpu.matrix;

import java.util.List;
import org.swinengine.backend.cpu.simd.Lanes;

/**
 * Size of a register tile of the matrix product.
 *
 * @param rows rows of C
 * @param vectors vectors of a row of C
 */
record TileShape(int rows, int vectors) {
  /**
   * Tiles to choose from where there are 16 registers, the most likely first: ten or twelve accumulators,
   * the operands of a step and two to spare. With 4×3 the sixteen are full, the compiler spills in the loop
   * and half of the speed is gone.
   */
  private static final List<TileShape> FEW_REGISTERS =
      List.of(new TileShape(6, 2), new TileShape(5, 2), new TileShape(4, 2), new TileShape(3, 3));

  /** The same where there are 32. */
  private static final List<TileShape> MANY_REGISTERS =
      List.of(new TileShape(8, 3), new TileShape(12, 2), new TileShape(6, 4));

  /** The tiles to choose from on this processor. */
  static List<TileShape> candidates() {
    return Lanes.REGISTERS == 16 ? FEW_REGISTERS : MANY_REGISTERS;
  }

  /**
   * Reads a wish such as {@code 6x2}.
   *
   * @throws IllegalArgumentException with a sentence for the user if there is no such tile
   */
  static TileShape parse(String text) {
    if (text.matches("([3-9]|1[0-9])x[2-4]")) {
      int cross = text.indexOf('x');
      int rows = Integer.parseInt(text.substring(0, cross));
      TileShape shape = new TileShape(rows, Integer.parseInt(text.substring(cross + 1)));
      if (shape.rows() <= shape.tiles().mostRows()) {
        return shape;
      }
    }
    throw new IllegalArgumentException(
        "swin.tile=" + text + " is no tile that there is code for; write rows x vectors, 3x2 to 12x2, 3x3 to"
            + " 8x3 or 3x4 to 6x4, or leave it out to have the fastest chosen");
  }

  /** The code of tiles of this width. */
  GemmTiles tiles() {
    return switch (vectors) {
      case 2 -> new GemmTiles2();
      case 3 -> new GemmTiles3();
      default -> new GemmTiles4();
    };
  }

  /** A tile of the same width to go on with where this one was compiled badly; itself if there is none. */
  TileShape neighbour() {
    return rows > 3 ? new TileShape(rows - 1, vectors) : this;
  }

  /** For example {@code 6x2}. */
  @Override
  public String toString() {
    return rows + "x" + vectors;
  }
}
