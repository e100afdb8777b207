import sys

import pytest

from benchmarks import memory


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="VmRSS and VmHWM are Linux's")
def test_the_peak_grows_with_what_is_held_and_can_be_forgotten() -> None:
    memory.reset_peak()
    before = memory.peak()
    held = bytearray(b"x" * (64 << 20))
    after = memory.peak()
    assert after - before >= 60 << 20
    assert memory.resident() <= after
    del held
