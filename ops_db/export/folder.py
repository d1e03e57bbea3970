"""The folder of an export: written beside its place and renamed when whole, so that it is there or it is not."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from ops_db.export.errors import ExportInterrupted, TargetTaken

_UNFINISHED = ".unfinished-"


def require_free(target: Path) -> None:
    """Raise TargetTaken unless `target` is an empty folder, or nothing at all."""
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        message = f"{target} is no folder. Name a folder that is empty or not there yet."
        raise TargetTaken(message)
    if target.is_dir() and any(target.iterdir()):
        message = f"{target} is not empty. Name a folder that is empty or not there yet; nothing was written."
        raise TargetTaken(message)


@contextmanager
def written_whole(target: Path) -> Iterator[Path]:
    """A folder beside `target` that becomes `target` if the work ends well, and is removed if it does not.

    Raises ExportInterrupted where the disk refuses, TargetTaken where something came to lie there meanwhile.
    """
    require_free(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(target)
    unfinished = target.with_name(f".{target.name}{_UNFINISHED}{os.getpid()}")
    try:
        unfinished.mkdir(mode=0o700)
        yield unfinished
        _sync_folders(unfinished)
        require_free(target)
        unfinished.replace(target)
        _sync(target.parent)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        reason = "The disk is full" if full else f"{error.strerror or error}"
        advice = "Make room, or name a folder on another disk" if full else "Look at the folder and try again"
        message = f"{reason}: {target} was not written, and nothing was left behind. {advice}."
        raise ExportInterrupted(message) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _remove_abandoned(target: Path) -> None:
    """Remove what a killed export to the same place left behind; its folder names the process that owned it."""
    for folder in target.parent.glob(f".{target.name}{_UNFINISHED}*"):
        owner = folder.name.rpartition("-")[2]
        if owner.isdigit() and not psutil.pid_exists(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)


def _sync_folders(root: Path) -> None:
    for folder in (root, *(path for path in root.rglob("*") if path.is_dir())):
        _sync(folder)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
