/** JMH microbenchmarks, one class per kernel family. */
package org.swinengine.bench;
