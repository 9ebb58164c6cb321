/** What a run will take, time and memory, before it begins. */
package org.swinengine.train.estimate;
