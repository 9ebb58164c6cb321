/** The optimizer family on the CPU. Internal to the CPU backend. */
package org.swinengine.backend.cpu.optimizer;
