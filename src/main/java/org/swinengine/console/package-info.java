/** What a person sees while something takes its time; knows nothing of the rest. */
package org.swinengine.console;
