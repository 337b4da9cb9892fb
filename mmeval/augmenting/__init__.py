"""Making training data: one file an augmentation, each a pure prompt builder and filter.

    masking.py            which numbers of a question can be hidden, and how (no model)
    answers.py            AnsAug: more answers to the same question
    rephrasing.py         the question in other words, answered
    fobar.py              a number hidden and the answer told, as a condition
    self_verification.py  a number hidden and the answer told, as a statement
    rejection.py          RFT: one right path per distinct list of equations
    backward.py           a backward test set of any benchmark, unfiltered
    mixing.py             parts -> one training set; the released set, checked

`generating.py` is the only file that reaches an engine: a step is a run folder.
"""
