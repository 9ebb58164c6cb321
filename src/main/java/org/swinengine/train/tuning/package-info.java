/** How training starts from weights: what is frozen, rates by layer, kept features, which epoch is the best. */
package org.swinengine.train.tuning;
