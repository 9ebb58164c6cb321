package org.swinengine.backend.cuda;

import jcuda.driver.CUfunction;

/** A kernel on a device. */
record Kernel(String name, CUfunction function) {}
