/**
 * The attention family on the CPU. Its register tiles are generated: {@code src/generated}. Internal to the
 * CPU backend.
 */
package org.swinengine.backend.cpu.attention;
