/**
 * The CPU backend. {@link org.swinengine.backend.cpu.CpuBackend} hands each kernel family, a package of its
 * own, the threads and the loops that it works with; {@link org.swinengine.backend.cpu.LoopProvider}
 * chooses the loops, on vectors or scalar. All below is internal: other rooms see {@code CpuBackend} alone,
 * through {@code Backends}.
 */
package org.swinengine.backend.cpu;
