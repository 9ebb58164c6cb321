/**
 * What every family works with on the CPU: threads, the cutting of work, working memory, buffers. Internal
 * to the CPU backend.
 */
package org.swinengine.backend.cpu.runtime;
