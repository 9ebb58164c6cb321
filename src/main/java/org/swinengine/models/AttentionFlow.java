package org.swinengine.models;

import java.util.List;
import org.swinengine.nn.TokenMixing;

/**
 * How the attention of all layers mixed the tokens of one image.
 *
 * @param mixings in the order of the layers
 * @param layout of the tokens before the first
 * @param read the share of each token after the last in what the head reads; their sum is 1
 */
public record AttentionFlow(List<TokenMixing> mixings, TokenLayout layout, double[] read) {}
