/**
 * Where the time goes: a backend around another one that times every kernel call, and what each call has to
 * do at least. One class for each family counts operations and bytes.
 *
 * <p>Operations: of products (matrices, attention) the multiply-adds count, two each, and nothing around
 * them; of all else each addition, multiplication, comparison and function of the formula in the contract
 * counts one. Bytes: every operand is read once and every result written once; what a cache saves or a kernel
 * reads twice does not show.
 */
package org.swinengine.backend.profile;
