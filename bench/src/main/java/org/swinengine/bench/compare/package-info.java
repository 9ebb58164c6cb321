/** {@code bench/compare}: the engine beside others, whole fresh processes in turns. Uses no class of the engine. */
package org.swinengine.bench.compare;
