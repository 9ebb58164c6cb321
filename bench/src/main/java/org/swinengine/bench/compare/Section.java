package org.swinengine.bench.compare;

/**
 * A part of the page of results that is written by this tool.
 *
 * @param name the one in its markers, {@code <!-- compare:NAME -->} and {@code <!-- compare:end -->}
 */
record Section(String name, String text) {}
