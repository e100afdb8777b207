"""What else went on while a model was timed: other processes, a hypervisor that took the processor away, a changing clock.

All from /proc and /sys (proc(5), the kernel's sched-stats and cpufreq documents); what cannot be read is not known.
"""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_TICK = 1 / os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 0.01
"""Seconds a unit of /proc/stat."""
_CPU = Path("/sys/devices/system/cpu")
_THERMAL = Path("/sys/class/thermal")

OTHERS = 0.10
"""Share of all processors that other processes may use."""
STEAL = 0.02
WAITING = 0.05
"""Share of its time that the model's process may stand in the queue for a processor."""
CLOCK = 0.10
"""Relative difference between the highest and the lowest clock."""
WIDE = 0.05
"""Half the width of the median's 95 % interval, relative to the median."""


@dataclass(frozen=True)
class Reading:
    """Counters in seconds since some start; `mhz` and `celsius` now (0: not readable)."""

    at: float
    busy: float = 0.0
    steal: float = 0.0
    own: float = 0.0
    """Processor time of the model's process and of this one."""
    waited: float = 0.0
    mhz: float = 0.0
    celsius: float = 0.0


@dataclass(frozen=True)
class Turn:
    """What happened during one round: `seconds` long, the others in processor seconds."""

    seconds: float
    others: float
    steal: float
    waited: float
    mhz: float = 0.0
    celsius: float = 0.0


def read(pid: int) -> Reading:
    """The counters now; `pid` is the process that holds the model."""
    busy, steal = _machine()
    own, waited = _process(pid)
    return Reading(
        time.monotonic(), busy, steal, own + time.process_time(), waited, _megahertz(), _temperature()
    )


def between(before: Reading, after: Reading) -> Turn:
    """The difference of two readings."""
    busy = after.busy - before.busy
    return Turn(
        seconds=after.at - before.at,
        others=max(0.0, busy - (after.own - before.own)),
        steal=after.steal - before.steal,
        waited=after.waited - before.waited,
        mhz=after.mhz,
        celsius=after.celsius,
    )


def reasons(turns: Sequence[Turn], cores: int, median: float, low: float, high: float) -> list[str]:
    """Why times taken during these rounds are too disturbed to decide by; empty where they are not. Times in one unit."""
    seconds = sum(one.seconds for one in turns) or 1e-9
    others = sum(one.others for one in turns) / seconds / max(1, cores)
    steal = sum(one.steal for one in turns) / seconds / max(1, cores)
    waited = sum(one.waited for one in turns) / seconds
    clocks = [one.mhz for one in turns if one.mhz]
    said = []
    if others > OTHERS:
        said.append(f"other processes used {others:.0%} of the processors")
    if steal > STEAL:
        said.append(f"the hypervisor took {steal:.0%} of the processors away")
    if waited > WAITING:
        said.append(f"the model waited for a processor {waited:.0%} of the time")
    if clocks and max(clocks) > (1 + CLOCK) * min(clocks):
        said.append(f"the clock went between {min(clocks):.0f} and {max(clocks):.0f} MHz")
    if median and (high - low) / 2 > WIDE * median:
        said.append(f"the median is known to {(high - low) / 2 / median:.0%} only")
    return said


def summary(turns: Sequence[Turn], cores: int) -> dict[str, str]:
    """The same as facts for the environment of a measurement: shares of the processors, mean clock, highest temperature."""
    seconds = sum(one.seconds for one in turns) or 1e-9
    facts = {
        "others": f"{sum(one.others for one in turns) / seconds / max(1, cores):.3f}",
        "steal": f"{sum(one.steal for one in turns) / seconds / max(1, cores):.3f}",
        "waited": f"{sum(one.waited for one in turns) / seconds:.3f}",
    }
    clocks = [one.mhz for one in turns if one.mhz]
    heat = [one.celsius for one in turns if one.celsius]
    facts |= {"mhz": f"{sum(clocks) / len(clocks):.0f}"} if clocks else {}
    return facts | ({"celsius": f"{max(heat):.0f}"} if heat else {})


def _machine() -> tuple[float, float]:
    """Seconds that all processors together were busy, and that a hypervisor withheld them (first line of /proc/stat)."""
    fields = _text(Path("/proc/stat")).split("\n", 1)[0].split()[1:9]
    if len(fields) < 8:
        return 0.0, 0.0
    user, nice, system, _, _, irq, softirq, steal = (int(one) * _TICK for one in fields)
    return user + nice + system + irq + softirq, steal


def _process(pid: int) -> tuple[float, float]:
    """Seconds that all threads of a process ran, and that its main thread stood in the queue (/proc/PID/task/TID/schedstat, in ns)."""
    fields = {task.name: _text(task / "schedstat").split() for task in _tasks(pid)}
    ran = sum(int(one[0]) for one in fields.values() if len(one) == 3)
    main = fields.get(str(pid), [])
    return ran / 1e9, int(main[1]) / 1e9 if len(main) == 3 else 0.0


def _tasks(pid: int) -> list[Path]:
    try:
        return list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return []


def _megahertz() -> float:
    """The clock of the fastest core, from cpufreq (kHz)."""
    clocks = [_text(one) for one in _CPU.glob("cpu[0-9]*/cpufreq/scaling_cur_freq")]
    return max((int(one) / 1000 for one in clocks if one.isdigit()), default=0.0)


def _temperature() -> float:
    """The hottest thermal zone, in °C (millidegrees in sysfs)."""
    zones = [_text(one) for one in _THERMAL.glob("thermal_zone*/temp")]
    return max((int(one) / 1000 for one in zones if one.lstrip("-").isdigit()), default=0.0)


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
