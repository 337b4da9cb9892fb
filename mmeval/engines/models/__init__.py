"""A model's name -> its folder, its label, and fingerprints of weights, tokenizer and config."""
