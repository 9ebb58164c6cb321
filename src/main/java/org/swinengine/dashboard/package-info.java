/** A run as a page in the browser, while it trains. */
@NullMarked
package org.swinengine.dashboard;

import org.jspecify.annotations.NullMarked;
