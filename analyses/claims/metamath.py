"""The claims of the MetaMath paper that data can test.

A margin is what the claim needs to mean anything: 5 points around a GSM8K accuracy (half
the distance to the next 7B model of Table 2, and two standard errors of 1,319 problems), 2
around one on MATH. On backward questions the paper prints no number and no margin: here a model
collapses that has right backward less than half of what it has right forward, and loses little
that keeps more than 90 % of it. An augmentation saturates when the last step of its size brings
less than a point. An order has no margin.
Baselines are asked backward questions by real runs: the solutions in the published file of
backward questions are right by construction, and are no model's score.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from mmeval.declare import Claim, Claims
from mmeval.paper.claims.accuracy import Better, Reproduces
from mmeval.paper.claims.data import Arm, Follows, Lower, MoreDiverse
from mmeval.paper.claims.questions import Keeps, Reversal, ShortBeforeLong
from mmeval.paper.claims.sizes import AtEachSize, Saturates
from mmeval.paper.from_runs import THIRDS

GSM8K, MATH, BACKWARD = "gsm8k", "hendrycks_math", "gsm8k_backward"
TITLES = {GSM8K: "GSM8K", MATH: "MATH", BACKWARD: "GSM8K-Backward"}
MARGINS = {GSM8K: 5.0, MATH: 2.0}
RUN = f"mmeval run --model MODEL --benchmark {GSM8K} --benchmark {MATH}"
RUN_BACKWARD = f"mmeval run --model MODEL --benchmark {GSM8K} --benchmark {BACKWARD}"
TRAIN = f"mmeval train RECIPE for each arm, then mmeval run --model TRAINED --benchmark {GSM8K}"
TRAIN_MATH = (
    "mmeval train RECIPE for each arm, then mmeval run --model TRAINED "
    f"--benchmark {GSM8K} --benchmark {MATH}"
)
PERPLEXITY = "mmeval perplexity --model MODEL --data NAME=FILE --answer-only NAME"
DIVERSITY = "mmeval diversity --base FILE --new NAME=FILE"
REACHED = (
    ("MetaMath", "7B", GSM8K, 66.5),
    ("MetaMath", "7B", MATH, 19.8),
    ("MetaMath", "13B", GSM8K, 72.3),
    ("MetaMath", "13B", MATH, 22.4),
    ("MetaMath (QLoRA)", "70B", GSM8K, 82.3),
    ("MetaMath (QLoRA)", "70B", MATH, 26.6),
)
BASELINES = ("SFT", "RFT", "WizardMath")
FILTERED = (
    "The published backward questions are those that some model had solved, 657 of 1,270 a model "
    "of MetaMath's kind, which favours MetaMath."
)
PARTS = ("AnsAug", "Rephrasing", "FOBAR", "SV")


def reached() -> Iterator[Claim]:
    """Table 2: what MetaMath scores."""
    for model, size, benchmark, value in REACHED:
        margin = MARGINS[benchmark]
        yield Claim(
            says=f"MetaMath-{size} has {value} % of {TITLES[benchmark]} right, within {margin:g}.",
            source="Table 2",
            test=Reproduces(
                element="Table 2",
                model=model,
                size=size,
                benchmark=benchmark,
                value=value,
                margin=margin,
            ),
            measured_by=RUN,
        )


def ahead() -> Iterator[Claim]:
    """Table 2: whom MetaMath beats, at the same size."""
    for size, model in (("7B", "MetaMath"), ("13B", "MetaMath"), ("70B", "MetaMath (QLoRA)")):
        for benchmark in (GSM8K, MATH):
            yield Claim(
                says=f"MetaMath-{size} beats WizardMath-{size} on {TITLES[benchmark]}.",
                source="section 4.2, Table 2",
                test=Better(
                    better="MetaMath",
                    worse="WizardMath",
                    benchmark=benchmark,
                    size=size,
                    pairs=(("Table 2", model, "WizardMath", size),),
                ),
                measured_by=RUN,
            )


def ablation() -> Iterator[Claim]:
    """Tables 3 and 9, trained on GSM8K-derived data."""
    printed = {
        "SFT": "SFT",
        "AnsAug": "MetaMath AnsAug",
        "Rephrasing": "MetaMath Rephrasing",
        "AnsAug+Rephrasing": "MetaMath AnsAug+Rephrasing",
        "all four": "MetaMath AnsAug+Rephrasing+SV+FOBAR",
    }
    elements = (
        ("Table 3 (trained on GSM8K-derived data)", "7B"),
        ("Table 9 (trained on GSM8K-derived data)", "13B"),
    )
    for better, worse, says in (
        ("AnsAug", "SFT", "Answer augmentation beats SFT"),
        ("Rephrasing", "SFT", "Rephrased questions beat SFT"),
        ("AnsAug+Rephrasing", "AnsAug", "Rephrased questions add to answer augmentation"),
        ("all four", "AnsAug+Rephrasing", "Backward questions (SV, FOBAR) add to both"),
    ):
        yield Claim(
            says=f"{says} on GSM8K.",
            source="section 4.3, Tables 3 and 9",
            test=Better(
                better=better,
                worse=worse,
                benchmark=GSM8K,
                pairs=tuple((e, printed[better], printed[worse], size) for e, size in elements),
            ),
            measured_by=TRAIN,
        )


def ablation_on_math() -> Iterator[Claim]:
    """Table 3, trained on MATH-derived data."""
    element = "Table 3 (trained on MATH-derived data)"
    printed = {
        "SFT on MATH": "SFT",
        "AnsAug on MATH": "MetaMath AnsAug",
        "Rephrasing on MATH": "MetaMath Rephrasing",
        "AnsAug+Rephrasing on MATH": "MetaMath AnsAug+Rephrasing",
        "all four on MATH": "MetaMath AnsAug+Rephrasing+SV+FOBAR",
    }
    for better, worse, says in (
        ("AnsAug on MATH", "SFT on MATH", "Answer augmentation beats SFT"),
        ("Rephrasing on MATH", "SFT on MATH", "Rephrased questions beat SFT"),
        (
            "AnsAug+Rephrasing on MATH",
            "AnsAug on MATH",
            "Rephrased questions add to answer augmentation",
        ),
        (
            "all four on MATH",
            "AnsAug+Rephrasing on MATH",
            "Backward questions (SV, FOBAR) add to both",
        ),
    ):
        yield Claim(
            says=f"{says} on MATH, trained on MATH's questions.",
            source="section 4.3, Table 3",
            test=Better(
                better=better,
                worse=worse,
                benchmark=MATH,
                pairs=((element, printed[better], printed[worse], "7B"),),
            ),
            measured_by=TRAIN_MATH,
        )


def transfer() -> Iterator[Claim]:
    """Table 3: augmented questions of one benchmark help on the other."""
    all_four = "MetaMath AnsAug+Rephrasing+SV+FOBAR"
    for side, other, better, worse in (
        (MATH, GSM8K, "all four on MATH", "SFT on MATH"),
        (GSM8K, MATH, "all four", "SFT"),
    ):
        element = f"Table 3 (trained on {TITLES[side]}-derived data)"
        yield Claim(
            says=f"Augmenting {TITLES[side]}'s questions helps on {TITLES[other]} too, over SFT.",
            source="section 4.3, Table 3",
            test=Better(
                better=better,
                worse=worse,
                benchmark=other,
                pairs=((element, all_four, "SFT", "7B"),),
            ),
            measured_by=TRAIN_MATH,
        )


def bases() -> Iterator[Claim]:
    """Table 8: MetaMathQA helps every base model."""
    for family, size in (
        ("LLaMA-2", "7B"),
        ("LLaMA-2", "13B"),
        ("Llemma", "7B"),
        ("Mistral", "7B"),
    ):
        for benchmark in (GSM8K, MATH):
            yield Claim(
                says=f"MetaMathQA raises {family}-{size} on {TITLES[benchmark]}.",
                source="appendix E.1, Table 8",
                test=Better(
                    better=f"{family} +MetaMathQA",
                    worse=f"{family} base",
                    benchmark=benchmark,
                    size=size,
                    pairs=(("Table 8", f"{family} +MetaMathQA", f"{family} base", size),),
                ),
                measured_by=RUN,
            )


def answers() -> Iterator[Claim]:
    """Table 4: wrong answers with right steps in them still teach."""
    for better, worse, names, says in (
        (
            "incorrect answers",
            "SFT",
            ("SFT on 7473 incorrect-answer paths", "SFT on GSM8K train"),
            "Training on incorrect answers beats the given ones (SFT).",
        ),
        (
            "correct answers",
            "incorrect answers",
            ("SFT on correct-answer paths", "SFT on 7473 incorrect-answer paths"),
            "Training on correct answers beats incorrect ones.",
        ),
    ):
        yield Claim(
            says=says,
            source="section 4.7, Table 4",
            test=Better(
                better=better, worse=worse, benchmark=GSM8K, pairs=(("Table 4", *names, "7B"),)
            ),
            measured_by=TRAIN,
        )


def games() -> Iterator[Claim]:
    """Tables 6, 7 and 10: beyond the two benchmarks."""
    augmented, both = "AnsAug (6052 samples)", "AnsAug+Bootstrapping (6052 samples)"
    for table, name, n, what in (
        ("Table 6", "Game of 24 (681 test)", 681, "the Game of 24"),
        ("Table 7", "Game of n (3405 test)", 3405, "the Game of n"),
    ):
        yield Claim(
            says=f"Bootstrapped questions beat answer augmentation in {what}.",
            source=f"appendix D, {table}",
            test=Better(
                better=both,
                worse=augmented,
                benchmark=name,
                problems=n,
                pairs=((table, both, augmented, "7B"),),
            ),
            measured_by="mmeval run --model TRAINED --benchmark MINE.py, then --stand-in",
        )
    drop = "DROP (numeric answers, zero-shot)"
    yield Claim(
        says="MetaMath beats WizardMath on DROP, out of domain.",
        source="appendix E.4, Table 10",
        test=Better(
            better="MetaMath",
            worse="WizardMath",
            benchmark=drop,
            pairs=tuple(("Table 10", "MetaMath", "WizardMath", s) for s in ("7B", "13B", "70B")),
        ),
        measured_by="mmeval run --model MODEL --benchmark MINE.py, then --stand-in",
    )


def perplexity() -> Iterator[Claim]:
    """Figure 3."""
    for part in PARTS:
        for other in ("answer-only", "GSM8K CoT"):
            yield Claim(
                says=f"{part} has a lower perplexity than {other}.",
                source="section 4.4, Figure 3",
                test=Lower(lower=part, higher=other),
                measured_by=PERPLEXITY,
            )


def diversity() -> Iterator[Claim]:
    """Figure 4: the order of gains, and that accuracy follows."""
    for text in ("question", "question_answer"):
        for less, more in pairwise(PARTS):
            yield Claim(
                says=f"{more} adds more diversity than {less} (text: {text}).",
                source="section 4.5, Figure 4",
                test=MoreDiverse(more=more, less=less, text=text),
                measured_by=DIVERSITY,
            )
    for text in ("question", "question_answer"):
        yield Claim(
            says=f"Gain in accuracy follows diversity gain over four arms (text: {text}).",
            source="section 4.5, Figure 4",
            test=Follows(
                arms=tuple(
                    Arm(
                        set=part,
                        series=f"80K AnsAug+20K {part}",
                        printed_gain=f"+20K {part} on top of 80K AnsAug",
                    )
                    for part in PARTS
                ),
                reference="AnsAug",
                benchmark=GSM8K,
                element="text 4.5 / Figure 4",
                text=text,
                printed_r=("text 4.5", "Pearson r"),
            ),
            measured_by=f"{DIVERSITY}; {TRAIN}",
        )


def curves() -> Iterator[Claim]:
    """Figures 2, 5 and 8 to 10."""
    yield Claim(
        says="Answer augmentation saturates: its last step of size brings less than a point.",
        source="sections 4.1 and 4.5, Figures 2 and 8",
        test=Saturates(
            series="AnsAug",
            benchmark=GSM8K,
            margin=1.0,
            pair=(
                ("text 4.5", "AnsAug 80K"),
                ("text 4.5 / Figure 4 (derived)", "80K AnsAug+20K AnsAug"),
            ),
            problems=1319,
        ),
        measured_by=f"{TRAIN}, each size",
    )
    yield Claim(
        says="At one size, bootstrapped questions beat answer augmentation alone.",
        source="section 4.1 and appendix E.2, Figures 2 and 8 to 10",
        test=AtEachSize(better="all four", worse="AnsAug", benchmark=GSM8K),
        measured_by=f"{TRAIN}, each size",
    )
    yield Claim(
        says="Mixing in RFT data hurts at every size.",
        source="section 4.8, Figure 5",
        test=AtEachSize(better="MetaMath", worse="MetaMathQA and RFT", benchmark=GSM8K),
        measured_by=f"{TRAIN}, each size",
    )


def reversal() -> Iterator[Claim]:
    """Figure 6."""
    names = ", ".join(BASELINES)
    yield Claim(
        says=f"Baselines ({names}) collapse on backward questions: of what they have right "
        "forward, less than half.",
        source="section 4.6, Figure 6",
        test=Keeps(series=BASELINES, forward=GSM8K, backward=BACKWARD, share=50.0, more=False),
        measured_by=RUN_BACKWARD,
        note=FILTERED,
    )
    yield Claim(
        says="MetaMath loses less than 10 % on backward questions of what it has right forward.",
        source="section 4.6, Figure 6",
        test=Keeps(
            series=("MetaMath", "all four"),
            forward=GSM8K,
            backward=BACKWARD,
            share=90.0,
            more=True,
        ),
        measured_by=RUN_BACKWARD,
        note=FILTERED,
    )
    for baseline in BASELINES:
        yield Claim(
            says=f"MetaMath beats {baseline} on backward questions.",
            source="section 4.6, Figure 6",
            test=Better(
                better="MetaMath",
                also_better=("all four",),
                worse=baseline,
                benchmark=BACKWARD,
            ),
            measured_by=RUN_BACKWARD,
            note=FILTERED,
        )


def length() -> Iterator[Claim]:
    """Figure 7."""
    yield Claim(
        says="Accuracy falls with the length of the question.",
        source="section 4.9, Figure 7",
        test=ShortBeforeLong(benchmark=GSM8K),
        measured_by=f"mmeval run --model MODEL --benchmark {GSM8K}",
    )


def rephrased() -> Iterator[Claim]:
    """Section 3.2: how good rephrased questions are."""
    yield Claim(
        says="Rephrased questions are answered about as well as their originals: within 5 points.",
        source="section 3.2",
        test=Reversal(
            series=(),
            forward="original_questions",
            backward="rephrased_questions",
            margin=5.0,
            more=False,
            pair=("text 3.2", "original GSM8K(?) train questions", "rephrased questions"),
        ),
        measured_by="mmeval run --model MODEL --benchmark ORIGINALS.py --benchmark REPHRASED.py, "
        "its `twin` naming the original, then --stand-in",
    )


def beyond() -> Iterator[Claim]:
    """The abstract's own comparison, Figure 7's order of models, and Figures 2 and 8 to 10."""
    yield Claim(
        says="MetaMath-70B is ahead of GPT-3.5-Turbo on GSM8K.",
        source="abstract and section 4.2, Table 2",
        test=Better(
            better="MetaMath",
            worse="GPT-3.5-Turbo",
            benchmark=GSM8K,
            size="70B",
            worse_size="",
            pairs=(("Table 2", "MetaMath (QLoRA)", "GPT-3.5-Turbo", "70B"),),
        ),
        measured_by=RUN,
    )
    for third in THIRDS:
        for baseline in BASELINES:
            yield Claim(
                says=f"MetaMath beats {baseline} on the {third} third of the questions.",
                source="section 4.9, Figure 7",
                test=Better(
                    better="MetaMath",
                    also_better=("all four",),
                    worse=baseline,
                    benchmark=GSM8K,
                    third=third,
                ),
                measured_by=f"mmeval run --model MODEL --benchmark {GSM8K}",
            )
    yield Claim(
        says="Bootstrapped data keep rising: their last step of size brings more still.",
        source="sections 4.1 and E.2, Figures 2 and 8 to 10",
        test=Saturates(
            series="all four", also=("MetaMath",), benchmark=GSM8K, margin=0.0, rises=True
        ),
        measured_by=f"{TRAIN}, each size",
    )


CLAIMS = Claims(
    name="metamath",
    title="what Yu et al. 2023 (MetaMath) claim and data can test",
    source="https://arxiv.org/abs/2309.12284",
    claims=(
        *reached(),
        *ahead(),
        *perplexity(),
        *diversity(),
        *reversal(),
        *length(),
        *curves(),
        *ablation(),
        *answers(),
        *bases(),
        *games(),
        *beyond(),
        *ablation_on_math(),
        *transfer(),
        *rephrased(),
    ),
)
