"""Claims of papers: one file a paper, each claim with the test that decides it.

Effect, margin and interval are declared here, before anything is measured. This is a whole
file:

    from mmeval.paper.claims.accuracy import Reproduces
    from mmeval.declare import Claim, Claims

    CLAIMS = Claims(name="mine", title="my model", source="a preprint", claims=(
        Claim(
            says="MetaMath-7B has 66.5 % of GSM8K right.",
            source="Table 2",
            test=Reproduces(element="Table 2", model="MetaMath", size="7B",
                            benchmark="gsm8k", value=66.5, margin=5.0),
            measured_by="mmeval run --model MODEL --benchmark gsm8k",
        ),
    ))

Nothing imports this package; `mmeval/catalog.py` loads its files by path.
"""
