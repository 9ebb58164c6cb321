// How the kernels of the norm family go through rows: a warp has whole rows, its lanes their fours in turn.
//
// Lane l holds the fours number l, l + 32, l + 64, … of a row, that is columns 4l … 4l + 3, 128 + 4l …, and so on.
#pragma once
#include "fours.cuh"

constexpr int LANES = 32;

// Columns that a warp holds with one four in each lane.
constexpr int COLUMNS_OF_FOURS = 4 * LANES;

constexpr int LONGEST_IN_REGISTERS = 8 * COLUMNS_OF_FOURS;

// Calls RUN(fours of a lane, rows at once) for a row's length: rows1 for rows of up to 128 columns, and so on.
#define FOR_ROW_LENGTH(columns, RUN, rows1, rows2, rows3, rows4)          \
  switch (((columns) + COLUMNS_OF_FOURS - 1) / COLUMNS_OF_FOURS) {        \
    case 1: RUN(1, rows1); break;                                         \
    case 2: RUN(2, rows2); break;                                         \
    case 3: RUN(3, rows3); break;                                         \
    case 4: RUN(4, rows4); break;                                         \
    case 5:                                                               \
    case 6: RUN(6, 1); break;                                             \
    default: RUN(8, 1);                                                   \
  }

// The sums over the lanes of ROWS values each, the sum number r in all lanes of group r of LANES/ROWS lanes: warpSum's tree,
// so warpSum's bits, but each step halves the values that a lane still has to add for.
template <int ROWS>
DEVICE float groupSums(float (&values)[ROWS]) {
  const int lane = threadIdx.x % LANES;
  int distance = LANES / 2;
#pragma unroll
  for (int left = ROWS; left > 1; left /= 2, distance /= 2) {
    const bool upper = (lane & distance) != 0;
#pragma unroll
    for (int r = 0; r < left / 2; r++) {
      const float kept = upper ? values[r + left / 2] : values[r];
      const float given = upper ? values[r] : values[r + left / 2];
      values[r] = kept + __shfl_xor_sync(FULL_WARP, given, distance);
    }
  }
#pragma unroll
  for (; distance > 0; distance /= 2) {
    values[0] += __shfl_xor_sync(FULL_WARP, values[0], distance);
  }
  return values[0];
}

// Hands what each group of lanes has to all lanes.
template <int ROWS>
DEVICE void toAllLanes(float ofGroup, float (&values)[ROWS]) {
#pragma unroll
  for (int r = 0; r < ROWS; r++) {
    values[r] = ROWS == 1 ? ofGroup : __shfl_sync(FULL_WARP, ofGroup, r * (LANES / ROWS));
  }
}

// Where the rows of x lie in the result (and in its gradient).
struct RowsInPlace {
  using Place = long long;
  static constexpr int AT_ONCE = 8;  // short rows of the backward pass

  DEVICE long long of(long long row) const { return row; }
  DEVICE long long sourceOf(long long place) const { return place; }

  template <int ROWS>
  DEVICE void ofRows(long long first, int /*rows*/, Place (&places)[ROWS]) const {
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
      places[r] = first + r;
    }
  }
};

// Rows that patch expanding moves: x [outer, width, factor, factor], the result [outer, factor, width, factor]. Rows are
// taken in x's order: those of a token are read side by side and written in runs of `factor`.
struct ExpandedRows {
  using Place = unsigned;
  static constexpr int AT_ONCE = 4;  // those of a token

  unsigned width;
  unsigned factor;

  DEVICE long long of(long long row) const {
    const unsigned line = (unsigned)row / factor;  // of a token's cell
    const unsigned token = line / factor;
    const unsigned upper = token / width * factor + (line - token * factor);
    return (long long)(upper * width + token % width) * factor + ((unsigned)row - line * factor);
  }

  // Which row of x is at a place.
  DEVICE long long sourceOf(long long place) const {
    const unsigned inLine = (unsigned)place / factor;
    const unsigned ofImage = inLine / width;
    const unsigned upper = ofImage / factor;
    return (long long)((upper * width + inLine % width) * factor + (ofImage - upper * factor)) * factor
        + ((unsigned)place - inLine * factor);
  }

  // Four divisions are as many instructions as a short row has, so a lane does those of one row only.
  template <int ROWS>
  DEVICE void ofRows(long long first, int rows, Place (&places)[ROWS]) const {
    const long long own = min(first + threadIdx.x % LANES % ROWS, (long long)rows - 1);
    const unsigned place = (unsigned)of(own);
#pragma unroll
    for (int r = 0; r < ROWS; r++) {
      places[r] = ROWS == 1 ? place : __shfl_sync(FULL_WARP, place, r);
    }
  }
};
