"""Generators that come as a file with the graph in it, and run as they are: ONNX, TFLite and frozen TensorFlow."""
