"""Answer notation -> a small tree: tokens, a parser, the words and units it knows."""
