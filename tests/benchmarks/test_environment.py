import platform

from benchmarks.environment import available_memory, environment, total_memory, usable_cores


def test_says_what_a_number_depends_on_and_not_which_machine() -> None:
    facts = environment()
    assert {"date", "cpu", "cores", "system", "python", "ai-edge-litert", "numpy"} <= set(facts)
    assert int(facts["cores"]) == usable_cores() >= 1
    assert all(facts.values())
    node = platform.node()
    assert not node or node not in " ".join(facts.values()).split()


def test_available_memory_is_part_of_the_whole() -> None:
    assert 0 <= available_memory() <= total_memory()
