/** Results as files: pages, charts, metrics. */
package org.swinengine.report;
