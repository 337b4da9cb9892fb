"""Answers: find them in a text, compare them with a gold; one published rule a file."""
