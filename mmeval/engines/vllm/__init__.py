"""The vLLM engine: generation and scoring, on a GPU or a CPU."""
