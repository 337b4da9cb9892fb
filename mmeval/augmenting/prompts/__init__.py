"""The few-shot prompts as text files, byte for byte what a model sees; see `few_shot.py`."""
