#include "images.h"

#include <cstdio>
#include <cstring>

namespace emulator {

namespace {

constexpr int INVALID_IMAGE = 200, NO_BINARY_FOR_GPU = 209, UNSUPPORTED_PTX_VERSION = 222, INVALID_PTX = 218;

// The format in which assemblers before CUDA 13 write machine code, and the one since.
constexpr unsigned char OLD_ABI[] = {0x33, 7}, NEW_ABI[] = {0x41, 8};

int readMachineCode(const unsigned char* elf, int driver, int capability) {
  bool old = memcmp(elf + 7, OLD_ABI, 2) == 0;
  if (!old && memcmp(elf + 7, NEW_ABI, 2) != 0) {
    return INVALID_IMAGE;
  }
  if (!old && driver < 13000) {
    return NO_BINARY_FOR_GPU;
  }
  // e_flags; the GPU stands in its lowest byte, since CUDA 13 in the next one.
  int made = old ? elf[48] : elf[49];
  if (made >= 89 && driver < 11080) {
    return NO_BINARY_FOR_GPU;  // 8.9 and 9.0 came with CUDA 11.8
  }
  return made / 10 == capability / 10 && made <= capability ? 0 : NO_BINARY_FOR_GPU;
}

// PTX 7.x came with CUDA 11.x, 8.x with 12.x, 9.x with 13.x.
int readPtx(const std::string& text, int driver, int capability) {
  int major = 0, minor = 0, target = 0;
  size_t at = text.find(".target sm_");
  if (sscanf(text.c_str(), ".version %d.%d", &major, &minor) != 2 || at == std::string::npos
      || sscanf(text.c_str() + at, ".target sm_%d", &target) != 1) {
    return INVALID_PTX;
  }
  if ((major + 4) * 1000 + minor * 10 > driver) {
    return UNSUPPORTED_PTX_VERSION;
  }
  return target <= capability ? 0 : INVALID_PTX;
}

}  // namespace

Image readImage(const void* image, int driver, int capability) {
  const auto* bytes = static_cast<const unsigned char*>(image);
  if (bytes[0] == 0) {
    return {ImageKind::Any, 0, ""};
  }
  if (memcmp(bytes, "\177ELF", 4) == 0) {
    return {ImageKind::MachineCode, readMachineCode(bytes, driver, capability), ""};
  }
  std::string text = static_cast<const char*>(image);
  int result = readPtx(text, driver, capability);
  return {ImageKind::Ptx, result, text};
}

bool hasEntry(const Image& image, const std::string& kernel) {
  return image.text.find(".entry " + kernel + "(") != std::string::npos;
}

}  // namespace emulator
