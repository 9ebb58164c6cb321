/** Results as files: pages, charts, metrics. */
@NullMarked
package org.swinengine.report;

import org.jspecify.annotations.NullMarked;
