// Whether a driver takes an image: machine code by its format and GPU, PTX by its version and target.
#pragma once

#include <string>

namespace emulator {

enum class ImageKind { Any, MachineCode, Ptx };

struct Image {
  ImageKind kind;
  int result;        // a CUresult: 0, or why the driver refuses it
  std::string text;  // of PTX
};

// `driver` is like 12060 for CUDA 12.6, `capability` ten times the GPU's. An image that begins with a zero byte is a test's,
// which wants the kernels of this library without any image.
Image readImage(const void* image, int driver, int capability);

// Whether PTX holds a kernel.
bool hasEntry(const Image& image, const std::string& kernel);

}  // namespace emulator
