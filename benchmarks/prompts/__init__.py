"""Prompts: one `.py` file each, its byte-exact text in the `.txt` beside it.

A file here declares one constant. This is a whole prompt:

    from pathlib import Path
    from mmeval.declare import PromptTemplate

    PROMPT = PromptTemplate(
        name="pirate", title="asks like a pirate",
        text=Path(__file__).with_suffix(".txt").read_text(encoding="utf-8"),
    )

`{question}` is filled by literal replacement. A plain `my_prompt.txt` given by its path
works too, without stop strings.
"""
