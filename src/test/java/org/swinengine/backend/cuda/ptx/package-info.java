/** A machine that runs kernels from their PTX on the CPU, to count what they ask of a GPU. */
package org.swinengine.backend.cuda.ptx;
