"""Files of a data set on the Hugging Face hub, at one commit, through its local cache."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mmeval.errors import MissingData
from mmeval.rowfiles import matching

_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class HubFiles:
    """Files that were read from the hub or from its cache."""

    files: list[Path]
    revision: str
    """The commit they belong to, 40 hex digits, also when a branch was asked for."""


def fetch(hub_id: str, revision: str | None, patterns: Sequence[str], offline: bool) -> HubFiles:
    """The files of a data set that match the patterns, downloaded where not yet cached.

    `revision` None is the branch `main`, resolved now. What is cached at a pinned commit
    is taken without asking the network; `offline` (or HF_HUB_OFFLINE=1) never asks it.
    Raises MissingData with the hub's reason.
    """
    # Heavy: half a second, and only this road needs it.
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, HFValidationError

    # The bases are OSError and the transport's own HTTPError: httpx in 1.x, httpx2 in 2.x.
    hub_errors: tuple[type[BaseException], ...] = (
        EntryNotFoundError,
        HFValidationError,
        *HfHubHTTPError.__bases__,
    )

    def snapshot(cached: bool) -> HubFiles:
        folder = Path(
            snapshot_download(
                hub_id,
                repo_type="dataset",
                revision=revision,
                allow_patterns=list(patterns),
                local_files_only=cached,
            )
        )
        for pattern in patterns:
            if not matching(folder, [pattern]):
                raise FileNotFoundError(f"it holds no {pattern}")
        return HubFiles(files=matching(folder, patterns), revision=folder.name)

    pinned = revision is not None and _COMMIT.fullmatch(revision) is not None
    if pinned and not offline:
        try:
            return snapshot(cached=True)
        except hub_errors:
            pinned = False  # not, or not wholly, in the cache: now ask the network
    try:
        return snapshot(cached=offline)
    except hub_errors as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        how = "offline, so only its cache was searched" if offline else "asked over the network"
        raise MissingData(f"hub:{hub_id}@{revision or 'main'} ({how}): {reason}") from error
