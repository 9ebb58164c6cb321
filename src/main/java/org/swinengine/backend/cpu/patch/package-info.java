/** The patch family on the CPU. Internal to the CPU backend. */
package org.swinengine.backend.cpu.patch;
