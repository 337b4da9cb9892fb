"""Engines: what generates, scores and embeds, each behind one protocol and found by name.

    engine.py      the protocol of what generates, and how one is opened
    scorer.py      the protocol of what gives log-probabilities of given texts
    embedder.py    the protocol of what turns texts into vectors
    start.py       opening: the import in the background, the log, the heartbeat
    hf/ vllm/ openai/ replay.py   the implementations
    models/        a model's name -> its files and fingerprints

May enter: code that talks to a model. Heavy packages are imported inside functions only.
"""
