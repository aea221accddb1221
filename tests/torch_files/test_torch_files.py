"""What torch itself writes: clean where it is data, suspicious where it holds what loaders have to be told.

Run by `make test-torch`, in an environment with torch; skipped everywhere else.
"""

import io
import pickle
import tarfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

torch: Any = pytest.importorskip("torch")

from casemate.evidence.scan.inspect import scan_bytes  # noqa: E402
from casemate.evidence.scan.report import Scan  # noqa: E402


def saved(make: Callable[[], Any], **how: Any) -> Scan:
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.save(make(), file, **how)
    return scan_bytes(file.getvalue(), "")


def model() -> Any:
    torch.manual_seed(0)
    nn = torch.nn
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(8, 2), nn.Dropout())


def trained() -> dict[str, Any]:
    net = torch.nn.Linear(3, 2)
    optimizer = torch.optim.AdamW(net.parameters())
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)
    net(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    schedule.step()
    return {
        "epoch": 3, "model": net.state_dict(), "optimizer": optimizer.state_dict(), "schedule": schedule.state_dict(),
        "random": torch.get_rng_state(),
    }  # fmt: skip


def quantized() -> Any:
    return torch.quantize_per_tensor(torch.ones(2, 3), 0.1, 0, torch.qint8)


THINGS: dict[str, Callable[[], Any]] = {
    "a tensor": lambda: torch.ones(3, 4),
    "views of one storage": lambda: [t := torch.arange(12.0), t[2:], t.view(3, 4).t()],
    "half precision": lambda: {"a": torch.ones(3).half(), "b": torch.ones(3).bfloat16()},
    "complex and bool": lambda: (torch.ones(2, dtype=torch.cfloat), torch.tensor([True, False])),
    "parameters": lambda: torch.nn.Parameter(torch.ones(2)),
    "a state_dict": lambda: model().state_dict(),
    "a module": model,
    "a transformer": lambda: torch.nn.TransformerEncoder(torch.nn.TransformerEncoderLayer(4, 2), 1),
    "a recurrent network": lambda: torch.nn.LSTM(3, 4, 2),
    "an averaged model": lambda: torch.optim.swa_utils.AveragedModel(model()),
    "a checkpoint of a training": trained,
    "sparse": lambda: [torch.eye(3).to_sparse(), torch.eye(3).to_sparse_csr()],
    "quantized": quantized,
    "nothing": dict,
}


@pytest.mark.parametrize("name", THINGS)
def test_a_zip_is_clean(name: str) -> None:
    scan = saved(THINGS[name])
    assert (scan.verdict, scan.format, [f for f in scan.findings if f.severity != "info"]) == ("clean", "torch", [])


@pytest.mark.parametrize("name", THINGS)
def test_a_file_from_before_1_6_is_clean(name: str) -> None:
    scan = saved(THINGS[name], _use_new_zipfile_serialization=False)
    assert (scan.verdict, scan.format, [f for f in scan.findings if f.severity != "info"]) == ("clean", "torch", [])


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_every_protocol_is_clean(protocol: int) -> None:
    assert saved(trained, pickle_protocol=protocol).verdict == "clean"


def test_a_tar_from_before_0_1_10_is_clean(tmp_path: Path) -> None:
    """torch writes none today; this is what its reader takes, byte by byte, and it is loaded here to prove that."""
    path = tmp_path / "old.pt"
    path.write_bytes(tar())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert torch.equal(torch.load(path, weights_only=False)["w"], torch.arange(4.0))
    assert scan_bytes(tar(), "").findings == ()


class _Tensor:
    """Stands for a tensor of the tar, by its key."""


class _Pickler(pickle.Pickler):
    def persistent_id(self, thing: Any) -> Any:
        return 7 if isinstance(thing, _Tensor) else None


def tar() -> bytes:
    """One tensor of four numbers in one storage."""
    body = io.BytesIO()
    _Pickler(body, 2).dump({"w": _Tensor()})
    numbers = torch.arange(4.0).numpy().tobytes()
    storages = b"".join(pickle.dumps(x, 2) for x in (1, (3, "cpu", torch.FloatStorage))) + (4).to_bytes(8, "little")
    storages += numbers + pickle.dumps([], 2)
    tensors = b"".join(pickle.dumps(x, 2) for x in (1, (7, 3, torch.FloatTensor)))
    tensors += (1).to_bytes(4, "little") + bytes(4)
    tensors += b"".join(n.to_bytes(8, "little") for n in (4, 1, 0))
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as made:
        for name, raw in {"sys_info": pickle.dumps({}, 2), "pickle": body.getvalue(), "storages": storages,
                          "tensors": tensors}.items():  # fmt: skip
            entry = tarfile.TarInfo(name)
            entry.size = len(raw)
            made.addfile(entry, io.BytesIO(raw))
    return file.getvalue()


def script(net: Any) -> Scan:
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(net, file)
    return scan_bytes(file.getvalue(), "")


def test_torchscript_is_clean() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = [torch.jit.script(model()), torch.jit.trace(model().eval(), torch.ones(1, 1, 4, 4))]
    for net in made:
        scan = script(net)
        assert (scan.verdict, scan.format) == ("clean", "torchscript"), scan.findings


class Own(torch.nn.Module):  # type: ignore[misc]
    """A class that no library has."""


def test_a_module_of_the_user_is_suspicious_and_nothing_else() -> None:
    for zipped in (True, False):
        scan = saved(Own, _use_new_zipfile_serialization=zipped)
        assert (scan.verdict, {f.id for f in scan.findings if f.severity != "info"}) == (
            "suspicious", {"unknown-import"},
        )  # fmt: skip


def test_a_function_of_python_in_a_file_is_unsafe() -> None:
    assert saved(lambda: {"a": eval}).verdict == "unsafe"
    assert saved(lambda: {"a": eval}, _use_new_zipfile_serialization=False).verdict == "unsafe"
