"""WaveNet samplers for NVIDIA GPUs: the cached step as a CUDA graph, and one kernel in Triton."""
