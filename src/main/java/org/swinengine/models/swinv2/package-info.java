/** Swin Transformer V2. */
package org.swinengine.models.swinv2;
