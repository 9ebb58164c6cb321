package org.swinengine.backend;

/** Whether passes and training steps that repeat are recorded as CUDA graphs. */
public enum CudaGraphs {
  /** Where one can be; others run call by call. */
  AUTO,
  /** A pass or step that repeats and cannot be recorded is an error. */
  ON,
  /** Never. */
  OFF
}
