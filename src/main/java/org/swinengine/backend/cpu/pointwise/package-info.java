/**
 * The pointwise family on the CPU; its loops serve sums of rows and losses too. Internal to the CPU
 * backend.
 */
package org.swinengine.backend.cpu.pointwise;
