"""The companion trainer: recipe + base model + rows -> a model folder that `mmeval run` takes.

    recipe.py       what a recipe declares; recipes/ has one a file
    plan.py         what is asked for, with recipe, data and base looked up
    settings.py     every setting of a training, with its default
    row_text.py     row -> the text that is trained on
    examples.py     rows -> token ids, with what was cut or dropped counted
    ordering.py     which rows make which optimizer step and which pass through the model
    loss.py         the loss over response tokens, without logits for the prompt
    base_model.py   the model that training starts from, with LoRA where asked; saving it
    loop.py         transformers' Trainer, with our rows, order and loss
    checkpoints.py  checkpoints that are whole, or not there at all
    steps.py        what is shown and kept of each step: progress, interrupts, the curve
    evaluate.py     `--eval-every`: checkpoints through `mmeval run` and `mmeval gate`
    model_folder.py training.json, the model card, the picture of the curves
    trackers.py     trackio, wandb and mlflow by name
    train.py        `train`, which calls all of these

May enter: what turns rows into weights. Nothing here knows a recipe, a benchmark or a
prompt by name.
"""
