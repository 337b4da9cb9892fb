"""The few-shot prompts as text files, byte for byte what a model sees; see `prompt_texts.py`."""
