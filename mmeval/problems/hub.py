"""Files of a data set on the Hugging Face hub, at one commit, through its local cache."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from mmeval.errors import MissingData
from mmeval.problems.row_files import matching


@dataclass(frozen=True, slots=True, kw_only=True)
class HubFiles:
    """Files that were read from the hub or from its cache."""

    files: list[Path]
    revision: str
    """The commit they belong to, 40 hex digits, also when a branch was asked for."""


def fetch(hub_id: str, revision: str | None, patterns: Sequence[str], offline: bool) -> HubFiles:
    """The files of a data set that match the patterns, downloaded where not yet cached.

    `revision` None is the branch `main`, resolved now; what is cached of a pinned commit
    is taken without asking the network. `offline` (or HF_HUB_OFFLINE=1) never asks it.
    Raises MissingData with the hub's reason.
    """
    # Heavy: half a second, and only this road needs it.
    from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, HFValidationError

    # The bases are OSError and the transport's own HTTPError: httpx in 1.x, httpx2 in 2.x.
    hub_errors: tuple[type[BaseException], ...] = (
        EntryNotFoundError,
        HFValidationError,
        *HfHubHTTPError.__bases__,
    )
    pinned = revision is not None and not any("*" in pattern for pattern in patterns)
    try:
        if pinned or offline:
            with suppress(*(() if offline else hub_errors)):
                return _cached(hub_id, revision, patterns)
        try:
            return _downloaded(hub_id, revision, patterns)
        except hub_errors as error:
            with suppress(*hub_errors):
                return _cached(hub_id, revision, patterns)
            raise error  # the network's error is the one to report
    except hub_errors as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        how = "in the cache" if offline else "over the network"
        raise MissingData(
            f"hub:{hub_id}@{revision or 'main'} was not found {how}: {reason}"
        ) from error


def _downloaded(hub_id: str, revision: str | None, patterns: Sequence[str]) -> HubFiles:
    """The matching files, from the network.

    The commit's own record is asked first: without a network that fails at once, while a
    download, or a listing of the tree, is tried for half a minute.
    """
    from huggingface_hub import HfApi, hf_hub_download

    info = HfApi().dataset_info(hub_id, revision=revision, timeout=10)
    names = sorted(file.rfilename for file in info.siblings or ())
    wanted = [name for pattern in patterns for name in names if fnmatchcase(name, pattern)]
    if not wanted:
        raise FileNotFoundError(f"it holds {', '.join(names)}, and no {' or '.join(patterns)}")
    # By the branch's name and not by its commit, so that the cache knows offline which
    # commit the branch was.
    files = [
        Path(hf_hub_download(hub_id, name, repo_type="dataset", revision=revision))
        for name in wanted
    ]
    # SNAPSHOTS/COMMIT/NAME, where a name may have folders of its own.
    places = zip(files, wanted, strict=True)
    commits = {file.parents[len(Path(name).parts) - 1].name for file, name in places}
    if len(commits) != 1:
        raise OSError("the branch moved between two files; run it again")
    return HubFiles(files=files, revision=commits.pop())


def _cached(hub_id: str, revision: str | None, patterns: Sequence[str]) -> HubFiles:
    """What matches in the snapshot that the cache holds of a branch or a commit."""
    from huggingface_hub import snapshot_download

    folder = Path(
        snapshot_download(
            hub_id,
            repo_type="dataset",
            revision=revision,
            allow_patterns=list(patterns),
            local_files_only=True,
        )
    )
    for pattern in patterns:
        if not matching(folder, [pattern]):
            raise FileNotFoundError(f"its cache holds no {pattern}")
    return HubFiles(files=matching(folder, patterns), revision=folder.name)
