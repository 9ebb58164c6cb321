/** Reads PyTorch, safetensors and NumPy files into state dicts, and writes them back. */
package org.swinengine.weights;
