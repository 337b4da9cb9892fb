"""Making training data: one file per augmentation, each a pure prompt builder and filter.

    questions.py          the questions to make data from: a benchmark, or any file
    masks/                which numbers of a question can be hidden, and how (no model)
    uniqueness.py         whether a hidden number is determined, proved by its calculation
    answers.py            AnsAug: more answers to the same question
    rephrasing.py         the question in other words, answered
    fobar.py              a number hidden and the answer given, as a condition
    self_verification.py  a number hidden and the answer given, as a statement
    rejection.py          RFT: one right path per distinct list of equations
    equations.py          the calculations of a worked answer
    steps.py              a step asks a model, and is a run folder
    make.py keep.py       steps in order; generations -> training rows
    backward_set.py       a backward test set of any benchmark, unfiltered
    mix.py metamathqa.py  parts -> one training set; the released set, checked

May enter: what makes rows to train on. Only `steps.py` reaches an engine; nothing here
may let a test problem through (`mmeval.training_data.overlap.guard`).
"""
