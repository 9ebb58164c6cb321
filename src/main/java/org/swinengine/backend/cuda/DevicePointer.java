package org.swinengine.backend.cuda;

import jcuda.driver.CUdeviceptr;

/** JCuda's device pointer, between which and a plain address it offers no way of its own. */
final class DevicePointer extends CUdeviceptr {
  DevicePointer() {}

  /** JCuda's pointer to an address. */
  static CUdeviceptr to(long address) {
    return new CUdeviceptr().withByteOffset(address);
  }

  long address() {
    return getNativePointer() + getByteOffset();
  }
}
