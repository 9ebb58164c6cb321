package org.swinengine.models;

import java.util.function.UnaryOperator;
import org.swinengine.autograd.Variable;

/**
 * A forward pass that stopped at tokens whose part in the decision is asked for, and what is left of it.
 *
 * @param tokens {@code [batch, layout.tokens(), channels]}
 * @param layout which of them is where
 * @param rest from such tokens to the logits {@code [batch, classes]}
 */
public record CutPass(Variable tokens, TokenLayout layout, UnaryOperator<Variable> rest) {}
