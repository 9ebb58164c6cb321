// Several pieces of work in one launch. Their descriptions are an argument of the kernel, by value, so that no copy brings
// them and a graph can hold them; a kernel may have 4096 bytes of arguments. Each piece has blocks of its own, one behind
// the other, and says which is its first (`firstBlock`).
#pragma once
#include "device.cuh"

constexpr int MOST_PIECES = 100;

template <class Piece>
struct LaunchTable {
  Piece of[MOST_PIECES];
};

// Which piece a block belongs to: the last that begins at it or before.
template <class Piece>
DEVICE int pieceOf(const LaunchTable<Piece>& table, int pieces, int block) {
  int low = 0;
  int high = pieces - 1;
  while (low < high) {
    const int middle = (low + high + 1) / 2;
    if (table.of[middle].firstBlock <= block) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}
