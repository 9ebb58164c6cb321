/** {@code bench/compare}: the engine beside others, fresh processes in turns. Uses no class of the engine. */
package org.swinengine.bench.compare;
