"""The companion trainer: recipe + base model + rows -> a model folder that `mmeval run` takes.

    settings.py     every setting of a training, with its default
    texts.py        row -> the text that is trained on
    examples.py     rows -> token ids, with what was cut or dropped counted
    ordering.py     which rows make which optimizer step and which pass through the model
    loss.py         the loss over response tokens, without logits for the prompt
    base.py         the model that training starts from, with LoRA where asked; saving it
    loop.py         transformers' Trainer, told what it needs to know
    checkpoints.py  checkpoints that are whole or not there
    watching.py     what is shown and kept of each step: progress, interrupts, the curve
    checking.py     `--eval-every`: checkpoints through `mmeval run` and `mmeval gate`
    folder.py       training.json, the model card, the picture of the curves
    jobs.py         what is asked for, with recipe, data and base looked up
    trackers.py     trackio, wandb and mlflow by name
    training.py     `train`, which calls all of these
    recipes/        one recipe a file

Nothing here knows a recipe, a benchmark or a prompt by name.
"""
