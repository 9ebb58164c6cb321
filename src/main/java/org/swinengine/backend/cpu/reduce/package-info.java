/**
 * The reduce family on the CPU, and the sums of rows that gradients are made of. Internal to the CPU
 * backend.
 */
package org.swinengine.backend.cpu.reduce;
