/**
 * How training pictures are varied: crops, turns, colours, noise, and the published policies that choose
 * among them. Operations have the bytes of Pillow or torchvision, policies the tables of timm or torchvision;
 * every choice is a function of seed, epoch and sample.
 */
@NullMarked
package org.swinengine.data.augment;

import org.jspecify.annotations.NullMarked;
