/**
 * The memory family on the CPU: arrays, and the pool in which they wait to be used again. Internal to the
 * CPU backend.
 */
package org.swinengine.backend.cpu.memory;
