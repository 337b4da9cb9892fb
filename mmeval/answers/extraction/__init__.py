"""Text -> the answer stated in it, with its place and the rule that found it."""
