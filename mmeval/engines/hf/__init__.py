"""The transformers engine: generation, scoring and embedding on this machine."""
