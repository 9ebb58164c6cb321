/** The loss family on the CPU. Internal to the CPU backend. */
package org.swinengine.backend.cpu.loss;
