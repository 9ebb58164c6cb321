/** The command line: one class per command, and the options that commands share. */
package org.swinengine.cli;
