"""`edgetpu`: LiteRT with libedgetpu; `edgetpu:PATH` names another library, which may take other files than the compiler's."""

import ctypes
from pathlib import Path

from benchmarks.flatbuffer import file_facts
from benchmarks.targets import delegate
from benchmarks.targets.base import Job, RefusedError, Session

RUNTIME = "ai_edge_litert.interpreter"
TAKES: tuple[str, ...] = (".tflite",)
LIBRARY = "libedgetpu.so.1"
COMPILED = "edgetpu-custom-op"
"""What edgetpu_compiler leaves in place of the ops it mapped (coral.ai/docs/edgetpu/compiler)."""
_PCIE = Path("/dev/apex_0")
_USB = Path("/sys/bus/usb/devices")
_IDS = {("1a6e", "089a"), ("18d1", "9302")}
"""Coral USB Accelerator before and after its firmware is loaded (libedgetpu, usb driver)."""


def check(option: str) -> str:
    if option:
        return delegate.check(option)
    try:
        ctypes.CDLL(LIBRARY)
    except OSError:
        return (
            f"{LIBRARY} is not installed: the feranick/libedgetpu builds go with today's LiteRT "
            "(edgetpu:PATH names a library elsewhere)"
        )
    return delegate.check(LIBRARY) or ("" if _plugged_in() else "no Edge TPU is plugged in")


def load(job: Job) -> Session:
    if not job.option and COMPILED not in file_facts(job.path).custom:
        raise RefusedError("it is not compiled for the Edge TPU: run edgetpu_compiler on an int8 variant")
    session = delegate.load(job, job.option or LIBRARY, name="Edge TPU")
    session.device = "Edge TPU"
    return session


def _plugged_in() -> bool:
    """Whether a PCIe or USB device is there, as far as the system tells."""
    if _PCIE.exists():
        return True
    for folder in _USB.glob("*") if _USB.is_dir() else ():
        try:
            found = tuple((folder / name).read_text().strip() for name in ("idVendor", "idProduct"))
        except OSError:
            continue
        if found in _IDS:
            return True
    return False
