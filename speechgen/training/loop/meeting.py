"""How the processes of a run that ``torchrun`` may begin again find each other.

Its agent keeps one store for all rounds, in which addresses of processes that are dead still
stand: who reads those waits in vain (https://github.com/pytorch/pytorch/issues/135712). How often a
process was begun again does not tell rounds apart, since each machine counts by itself. So they
agree on a name of the round first::

    first                                 another
    leader = NAME                    -->  NAME/RANK = a token of its own
    NAME/all = the tokens of all     <--  (reads leader again until its own token is in NAME/all)

A name of an earlier round has tokens of that round. What is stored under the new name is new.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from datetime import timedelta

import torch.distributed as dist

from speechgen.errors import PeerError

_PAUSE_SECONDS = 0.05
_PATIENCE = timedelta(minutes=30)


def meet(backend: str) -> None:
    """Found the group of a run's processes, where an agent's store outlives them; else do nothing.

    Parameters
    ----------
    backend
        "gloo" or "nccl".

    Raises
    ------
    PeerError
        Not all of them have come within half an hour.
    """
    if os.environ.get("TORCHELASTIC_USE_AGENT_STORE") != "True" or dist.is_initialized():
        return
    rank, count = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    address, port = os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"])
    store = dist.TCPStore(address, port, is_master=False, timeout=_PATIENCE)
    name = agree(store, rank, count)
    dist.init_process_group(
        backend, store=dist.PrefixStore(name, store), rank=rank, world_size=count
    )


def agree(store: dist.Store, rank: int, count: int, patience: timedelta = _PATIENCE) -> str:
    """The name of the round that ``count`` processes are in, the same for all and for none before.

    Raises
    ------
    PeerError
        Not all of them have come in time.
    """
    until = time.monotonic() + patience.total_seconds()
    if rank == 0:
        name = secrets.token_hex(8)
        store.set("speechgen/leader", name)
        keys = [f"speechgen/{name}/{other}" for other in range(1, count)]
        while not all(store.check([key]) for key in keys):
            _wait(until)
        store.set(f"speechgen/{name}/all", json.dumps([store.get(key).decode() for key in keys]))
        return name
    token = secrets.token_hex(8)
    while True:
        if store.check(["speechgen/leader"]):
            name = store.get("speechgen/leader").decode()
            store.set(f"speechgen/{name}/{rank}", token)
            key = f"speechgen/{name}/all"
            if store.check([key]) and token in json.loads(store.get(key)):
                return name
        _wait(until)


def _wait(until: float) -> None:
    if time.monotonic() > until:
        raise PeerError("the other processes of the run have not come")
    time.sleep(_PAUSE_SECONDS)
