/**
 * The norm family on the CPU, and the normalisation of rows that matrix products begin with. Internal to
 * the CPU backend.
 */
package org.swinengine.backend.cpu.norm;
