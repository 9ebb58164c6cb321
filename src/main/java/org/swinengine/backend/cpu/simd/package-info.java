/**
 * What the loops of several families are made of: the vector width in use, the order of a row's sum, and
 * elementary functions in scalar code and on vectors with the same bits. Internal to the CPU backend.
 */
package org.swinengine.backend.cpu.simd;
