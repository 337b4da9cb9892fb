"""Training recipes: one file each, declaring one typed constant, `RECIPE`.

    from mmeval.declare import Arm, Recipe

    RECIPE = Recipe(
        name="short_answers",
        title="Long and short worked answers, compared",
        source="ours",
        settings={"lr": 1e-5, "epochs": 2},
        parts={"long": "rows with long answers", "short": "rows with short answers"},
        arms={
            "long": Arm(parts=("long",)),
            "short": Arm(parts=("short",)),
            "both": Arm(parts=("long", "short"), settings={"epochs": 1}),
        },
    )

`mmeval train ./short_answers.py --arm both ...` takes such a file by its path. The keys of
`settings` are those of `mmeval.training.settings.Settings`.
"""
