// Warp operations and asynchronous copies.
#include "warp.h"

#include <algorithm>
#include <atomic>

namespace emulator {

// What a kernel asked for since the last reset, for the ledger: products of 16 × 8 × 16 (in TF32 × 8), ldmatrix instructions
// and the passes over shared memory that they take (four where no two of the eight rows that are read together share banks),
// and asynchronous copies of 16 bytes that read memory. The numbers are EmulatorControls.count's.
std::atomic<int64_t> counts[5];

namespace {

enum { PRODUCTS, MATRIX_LOADS, MATRIX_PASSES, COPIES, EMPTY_COPIES };

void add(int which, int64_t n) { counts[which].fetch_add(n, std::memory_order_relaxed); }

const char SYNC_WARP[] = "__syncwarp";

std::string hex(uint32_t mask) {
  char text[16];
  snprintf(text, sizeof text, "0x%08x", mask);
  return text;
}

std::string at(const char* operation, const Place& place) {
  return std::string(operation) + " (" + describe(place) + ")";
}

// True for a pointer into this block's shared memory.
bool isShared(const void* pointer) { return pointer >= worker.sharedBegin && pointer < worker.sharedEnd; }

void copyNow(const PendingCopy& copy) {
  if (copy.valid) {
    memcpy(copy.shared, copy.global, 16);
  } else {
    memset(copy.shared, 0, 16);
  }
}

float lowBf16(uint32_t pair) { return std::bit_cast<float>(pair << 16); }
float highBf16(uint32_t pair) { return std::bit_cast<float>(pair & 0xffff0000u); }

struct Vote {
  bool predicate;
  uint32_t result;
};

struct Product {
  float* d;
  const uint32_t* a;
  uint32_t b0, b1;
};

// The fragments are put together to matrices, multiplied, and the result is taken apart again.
void multiply(Lanes<Product> lanes, uint32_t) {
  add(PRODUCTS, 1);
  float a[16][16], b[16][8], d[16][8];
  for (int lane = 0; lane < 32; lane++) {
    int group = lane / 4, quad = lane % 4;
    const Product& p = *lanes[lane];
    for (int half = 0; half < 2; half++) {
      for (int row = 0; row < 2; row++) {
        uint32_t pair = p.a[2 * half + row];
        a[group + 8 * row][8 * half + 2 * quad] = lowBf16(pair);
        a[group + 8 * row][8 * half + 2 * quad + 1] = highBf16(pair);
      }
      uint32_t pair = half == 0 ? p.b0 : p.b1;
      b[8 * half + 2 * quad][group] = lowBf16(pair);
      b[8 * half + 2 * quad + 1][group] = highBf16(pair);
      d[group + 8 * half][2 * quad] = p.d[2 * half];
      d[group + 8 * half][2 * quad + 1] = p.d[2 * half + 1];
    }
  }
  for (int row = 0; row < 16; row++) {
    float sum[8];
    std::copy_n(d[row], 8, sum);
    for (int k = 0; k < 16; k++) {
      for (int column = 0; column < 8; column++) {
        sum[column] += a[row][k] * b[k][column];  // the product of two bf16 is exact in float32
      }
    }
    std::copy_n(sum, 8, d[row]);
  }
  for (int lane = 0; lane < 32; lane++) {
    int group = lane / 4, quad = lane % 4;
    for (int half = 0; half < 2; half++) {
      lanes[lane]->d[2 * half] = d[group + 8 * half][2 * quad];
      lanes[lane]->d[2 * half + 1] = d[group + 8 * half][2 * quad + 1];
    }
  }
}

// The same for TF32, a number in a register. What was not rounded to it is a fault of the kernel: a GPU would leave out the last
// bits without a word.
void multiplyTf32(Lanes<Product> lanes, uint32_t) {
  add(PRODUCTS, 1);
  float a[16][8], b[8][8], d[16][8];
  auto number = [](uint32_t bits) {
    float value = std::bit_cast<float>(bits);
    if ((bits & 0x1fff) != 0 && value == value) {
      fault("mmaTf32: the operand " + hex(bits) + " is not rounded to TF32");
    }
    return value;
  };
  for (int lane = 0; lane < 32; lane++) {
    int group = lane / 4, quad = lane % 4;
    const Product& p = *lanes[lane];
    for (int half = 0; half < 2; half++) {
      for (int row = 0; row < 2; row++) {
        a[group + 8 * row][4 * half + quad] = number(p.a[2 * half + row]);
      }
      b[4 * half + quad][group] = number(half == 0 ? p.b0 : p.b1);
      d[group + 8 * half][2 * quad] = p.d[2 * half];
      d[group + 8 * half][2 * quad + 1] = p.d[2 * half + 1];
    }
  }
  for (int row = 0; row < 16; row++) {
    for (int k = 0; k < 8; k++) {
      for (int column = 0; column < 8; column++) {
        d[row][column] += a[row][k] * b[k][column];  // the product of two TF32 is exact in float32
      }
    }
  }
  for (int lane = 0; lane < 32; lane++) {
    int group = lane / 4, quad = lane % 4;
    for (int half = 0; half < 2; half++) {
      lanes[lane]->d[2 * half] = d[group + 8 * half][2 * quad];
      lanes[lane]->d[2 * half + 1] = d[group + 8 * half][2 * quad + 1];
    }
  }
}

struct MatrixRow {
  uint32_t* r;
  const void* row;
};

// A pass over shared memory brings 128 bytes from 32 banks: eight rows of 16 bytes that lie in different groups of banks.
void countPasses(Lanes<MatrixRow> lanes) {
  int64_t passes = 0;
  for (int matrix = 0; matrix < 4; matrix++) {
    int64_t rows[8] = {}, most = 0;
    for (int i = 0; i < 8; i++) {
      const void* row = lanes[8 * matrix + i]->row;
      bool again = false;
      for (int j = 0; j < i; j++) {
        again |= lanes[8 * matrix + j]->row == row;
      }
      most = std::max(most, rows[reinterpret_cast<uintptr_t>(row) / 16 % 8] += !again);
    }
    passes += most;
  }
  add(MATRIX_LOADS, 1);
  add(MATRIX_PASSES, passes);
}

void distribute(Lanes<MatrixRow> lanes, uint32_t) {
  countPasses(lanes);
  for (int lane = 0; lane < 32; lane++) {
    for (int matrix = 0; matrix < 4; matrix++) {
      lanes[lane]->r[matrix] = static_cast<const uint32_t*>(lanes[8 * matrix + lane / 4]->row)[lane % 4];
    }
  }
}

void distributeTransposed(Lanes<MatrixRow> lanes, uint32_t) {
  countPasses(lanes);
  for (int lane = 0; lane < 32; lane++) {
    int column = lane / 4, row = 2 * (lane % 4);
    for (int matrix = 0; matrix < 4; matrix++) {
      uint32_t low = static_cast<const uint16_t*>(lanes[8 * matrix + row]->row)[column];
      uint32_t high = static_cast<const uint16_t*>(lanes[8 * matrix + row + 1]->row)[column];
      lanes[lane]->r[matrix] = low | high << 16;
    }
  }
}

}  // namespace

namespace {

// The faults of `gather`, apart from it, so that a lane that waits has a small frame: 32 frames are touched
// for each operation.
[[noreturn, gnu::noinline]] void faultForeignLane(const char* operation, const Place& place, uint32_t mask) {
  fault(at(operation, place) + ": the lane is not in its own mask " + hex(mask));
}

[[noreturn, gnu::noinline]] void faultAbsentLanes(const char* operation, const Place& place,
                                                  uint32_t absent) {
  fault(at(operation, place) + ": lanes " + hex(absent)
        + " of the mask have left the kernel or do not exist");
}

[[noreturn, gnu::noinline]] void faultDivergence(const Gathering& other, const char* operation,
                                                 const Place& place, uint32_t mask) {
  fault("divergent warp operation: lanes " + hex(other.arrived) + " are in "
        + at(other.operation, other.place) + " with mask " + hex(other.mask) + ", this lane in "
        + at(operation, place) + " with mask " + hex(mask));
}

}  // namespace

Warp* gather(const char* operation, uint32_t mask, void* operands, const Place& place) {
  Thread* self = worker.current;
  Warp* warp = self->warp;
  uint32_t lane = 1u << self->lane;
  if ((mask & lane) == 0) {
    faultForeignLane(operation, place, mask);
  }
  // CUDA lets __syncwarp name lanes that have left; what other operations would read from them is undefined.
  if ((mask & warp->left) != 0 && operation != SYNC_WARP) {
    faultAbsentLanes(operation, place, mask & warp->left);
  }
  uint32_t expected = mask & ~warp->left;
  Gathering* gathering = nullptr;
  for (Gathering& other : warp->gatherings) {
    if (other.mask == expected && samePlace(other.place, place)) {
      gathering = &other;
    } else if ((other.mask & lane) != 0 && (other.arrived & expected) != 0) {
      faultDivergence(other, operation, place, mask);  // they wait for this lane there, it for them here
    }
  }
  if (gathering == nullptr) {
    gathering = &warp->gatherings.emplace_back(Gathering{expected, 0, operation, place});
  }
  gathering->arrived |= lane;
  warp->operands[self->lane] = operands;
  if (gathering->arrived != gathering->mask) {
    suspend();
    return nullptr;
  }
  return warp;
}

void release(Warp* warp, uint32_t mask) {
  uint32_t self = worker.current->warp == warp ? 1u << worker.current->lane : 0;
  warp->ready |= mask & ~warp->left & ~self;
  std::erase_if(warp->gatherings, [](const Gathering& g) { return g.arrived == g.mask; });
}

void leaveWarp(Thread& self) {
  uint32_t lane = 1u << self.lane;
  self.warp->left |= lane;
  for (Gathering& gathering : self.warp->gatherings) {
    if ((gathering.mask & lane) == 0) {
      continue;
    }
    if (gathering.operation != SYNC_WARP) {
      fault("the thread leaves the kernel while its warp waits for it in "
            + at(gathering.operation, gathering.place));
    }
    gathering.mask &= ~lane;
    if (gathering.arrived == gathering.mask) {
      release(self.warp, gathering.mask);
      return;
    }
  }
}

void faultInactiveSource(int lane, int source) {
  fault("lane " + std::to_string(lane) + " shuffles from lane " + std::to_string(source)
        + ", which the mask leaves out");
}

uint32_t ballot(const char* operation, uint32_t mask, bool predicate, const Place& place) {
  Vote mine{predicate, 0};
  warpOperation<Vote>(operation, mask, mine, place, [](Lanes<Vote> lanes, uint32_t mask) {
    uint32_t result = 0;
    for (int i = 0; i < 32; i++) {
      result |= (mask >> i & 1) != 0 && lanes[i]->predicate ? 1u << i : 0;
    }
    for (int i = 0; i < 32; i++) {
      if ((mask >> i & 1) != 0) {
        lanes[i]->result = result;
      }
    }
  });
  return mine.result;
}

void syncWarp(uint32_t mask, const Place& place) {
  char nothing = 0;
  warpOperation<char>(SYNC_WARP, mask, nothing, place, [](Lanes<char>, uint32_t) {});
}

void mmaBf16(float (&d)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1, const Place& place) {
  Product mine{d, a, b0, b1};
  warpOperation<Product>("mmaBf16", ~0u, mine, place, multiply);
}

void mmaTf32(float (&d)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1, const Place& place) {
  Product mine{d, a, b0, b1};
  warpOperation<Product>("mmaTf32", ~0u, mine, place, multiplyTf32);
}

uint32_t roundTf32(uint32_t value) {
  if ((value >> 23 & 0xff) != 0xff) {
    return (value + 0x1000) & ~0x1fffu;  // to infinity where that is nearest
  }
  return (value & 0x7fffff) == 0 ? value : 0x7fffffffu;
}

void loadMatrix4(uint32_t (&r)[4], const void* row, bool transposed, const Place& place) {
  const char* name = transposed ? "loadMatrix4Transposed" : "loadMatrix4";
  if (!isShared(row)) {
    fault(std::string(name) + ": the row's address is not in shared memory");
  }
  if (reinterpret_cast<uintptr_t>(row) % 16 != 0) {
    fault(std::string(name) + ": the row's address is not a multiple of 16 bytes");
  }
  MatrixRow mine{r, row};
  warpOperation<MatrixRow>(name, ~0u, mine, place, transposed ? distributeTransposed : distribute);
}

void copyAsync16(void* shared, const void* global, bool valid) {
  if (!isShared(shared)) {
    fault("copyAsync16: the destination is not in shared memory");
  }
  auto misaligned = [](const void* address) { return reinterpret_cast<uintptr_t>(address) % 16 != 0; };
  if (misaligned(shared) || (valid && misaligned(global))) {
    fault("copyAsync16: an address is not a multiple of 16 bytes");
  }
  add(valid ? COPIES : EMPTY_COPIES, 1);
  Thread* self = worker.current;
  PendingCopy copy{shared, global, valid};
  bool early = schedule.copies == Copies::Early
      || (schedule.copies == Copies::Mixed && (nextRandom(self->block->random) & 1) != 0);
  if (early) {
    copyNow(copy);
  } else {
    self->block->copied = true;
    self->copies->open.push_back(copy);
  }
}

void copyAsyncCommit() {
  if (schedule.copies == Copies::Early) {
    return;  // nothing is ever under way
  }
  AsyncCopies& copies = *worker.current->copies;
  worker.current->block->copied = true;
  copies.committed.push_back(std::move(copies.open));
  copies.open.clear();
}

void copyAsyncWait(int groupsStillUnderWay) {
  auto& groups = worker.current->copies->committed;
  while (groups.size() > static_cast<size_t>(groupsStillUnderWay)) {
    std::for_each(groups.front().begin(), groups.front().end(), copyNow);
    groups.erase(groups.begin());
  }
}

}  // namespace emulator
