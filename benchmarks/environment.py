"""The machine and the versions that a number depends on. Nothing here names the machine."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("ai-edge-litert", "openvino", "onnxruntime", "torch", "tensorflow", "numpy")
_X86 = (
    "avx",
    "avx2",
    "fma",
    "f16c",
    "avx512f",
    "avx512_vnni",
    "avx512_fp16",
    "avx512_bf16",
    "avx_vnni",
    "amx_tile",
    "amx_int8",
)
_ARM = ("asimd", "asimdhp", "asimddp", "i8mm", "sve")
_FEATURES = frozenset((*_X86, *_ARM))


def environment() -> dict[str, str]:
    """CPU, cores, memory, system, versions, clock governor and load, as short strings; what is not known is left out."""
    facts = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpu": cpu_model(),
        "cpu_features": " ".join(cpu_features()),
        "architecture": platform.machine(),
        "cores": str(usable_cores()),
        "memory": f"{total_memory() / 2**30:.1f} GiB" if total_memory() else "",
        "system": f"{platform.system()} {platform.release()}",
        "distribution": _distribution(),
        "governor": _read(Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")),
        "load": f"{os.getloadavg()[0]:.2f}" if hasattr(os, "getloadavg") else "",
        "python": platform.python_version(),
        **{package: package_version(package) for package in PACKAGES},
    }
    return {key: value for key, value in facts.items() if value}


def cpu_model() -> str:
    """The processor's name as the system gives it."""
    return _cpuinfo("model name", "Model") or platform.processor()


def cpu_features() -> list[str]:
    """Those of the processor's instruction sets that inference kernels choose by."""
    return sorted(_FEATURES & set(_cpuinfo("flags", "Features").split()))


def usable_cores() -> int:
    """Logical cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def total_memory() -> int:
    """Physical memory in bytes, 0 where unknown."""
    return _meminfo("MemTotal")


def available_memory() -> int:
    """Memory in bytes that new work can have without swapping, 0 where unknown."""
    return _meminfo("MemAvailable")


def _meminfo(key: str) -> int:
    for line in _read(Path("/proc/meminfo")).splitlines():
        if line.startswith(f"{key}:"):
            return int(line.split()[1]) * 1024
    return 0


def _cpuinfo(*keys: str) -> str:
    for line in _read(Path("/proc/cpuinfo")).splitlines():
        key, _, value = line.partition(":")
        if key.strip() in keys:
            return value.strip()
    return ""


def _distribution() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        return ""


def package_version(package: str) -> str:
    """The installed version of a distribution; empty where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
