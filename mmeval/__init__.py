"""mmeval: evaluate language models on mathematical reasoning."""
