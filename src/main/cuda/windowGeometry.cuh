// Where the tokens of shifted windows lie in an image: the device's side of WindowGeometry, one axis at a
// time. Rows and columns of a window follow the same rules and know nothing of each other.
#pragma once
#include "device.cuh"

// Remainder that is never negative; both sizes far below 2^31.
DEVICE int floorModulo(int value, int size) {
  const int remainder = value % size;
  return remainder < 0 ? remainder + size : remainder;
}

// One axis of WindowGeometry: image and window sizes, padding and shift.
struct Axis {
  int size;         // of the image
  int window;       // of a window
  int shift;        // of the cyclic shift, in [0, window)
  int padThenShift; // the shift goes over the padded image, else over the image

  DEVICE int windows() const {
    return (size + window - 1) / window;
  }

  // The place in the image of what stands at a place of the shifted, padded image; `size` or more for
  // padding.
  DEVICE int source(int place) const {
    const int round = padThenShift ? windows() * window : size;
    if (place >= round) {
      return size;
    }
    return place + shift < round ? place + shift : floorModulo(place + shift, round);
  }

  // The inverse: where in the shifted, padded image a place of the image stands.
  DEVICE int target(int place) const {
    const int round = padThenShift ? windows() * window : size;
    return place >= shift ? place - shift : floorModulo(place - shift, round);
  }

  // The band of the attention mask, 0 to 2, in which a place of the shifted, padded image lies: the last
  // window is cut where the shift has joined the image's two ends. An axis without shift has one band.
  DEVICE int band(int place) const {
    const int padded = windows() * window;
    if (shift == 0 || place < padded - window) {
      return 0;
    }
    return place < padded - shift ? 1 : 2;
  }
};
