/** Reads PyTorch, safetensors and NumPy files into state dicts, without Python and without the engine. */
module org.swinengine.weights {
  requires com.fasterxml.jackson.core;

  exports org.swinengine.weights;
}
