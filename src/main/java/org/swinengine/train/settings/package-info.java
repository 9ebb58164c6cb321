/**
 * What a run can be told. A setting is declared once, by {@link Setting} on a record's component; its range,
 * its place in {@code config.yaml} and its option on the command line follow from there.
 */
@NullMarked
package org.swinengine.train.settings;

import org.jspecify.annotations.NullMarked;
