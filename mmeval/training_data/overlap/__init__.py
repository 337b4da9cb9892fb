"""Test problems inside training data: found, also behind a mask, reported, and kept out."""
