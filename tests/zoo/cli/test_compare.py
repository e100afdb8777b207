"""`zoo results` and `zoo compare` as a user runs them."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from benchmarks.results import Failure
from benchmarks.results_store import ResultStore
from registry.types import Artifact, Manifest, Measurement, Score
from tests.benchmarks.foreign import logs
from tests.benchmarks.noisy import Machine, run
from tests.zoo.cli.run import zoo
from zoo import hashing

MACHINE = Machine(process=0.003, heavy=0, white=0.002, busy=0, outliers=0, drift=0.02)
COSTS = {"float32": 3.0, "float16": 3.0, "int8": 1.2}
SIZES = {"float32": 4000, "float16": 2000, "int8": 1100}


def convert(folder: Path, salt: str = "") -> dict[str, str]:
    """A folder with three artifacts, their manifest and their scores. Variant → sha256."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for variant, size in SIZES.items():
        path = folder / f"tiny_{variant}.tflite"
        path.write_bytes((variant + salt).encode().ljust(size, b"."))
        made.append(Artifact(target=variant, path=path.name, sha256=hashing.blob(path).sha256, size=size))
    manifest = Manifest(name="tiny", card={}, inputs={}, options={}, tools={}, artifacts=tuple(made))
    (folder / "manifest.json").write_bytes(msgspec.json.encode(manifest))
    scores = [
        Score(
            artifact=one.target,
            metric="top1",
            value=value,
            samples=500,
            low=value - 0.03,
            high=value + 0.03,
            sha256=one.sha256,
        )
        for one, value in zip(made, (0.80, 0.80, 0.77), strict=True)
    ]
    (folder / "scores.json").write_bytes(
        msgspec.json.encode({"name": "tiny", "scores": scores, "version": 1})
    )
    return {one.target: one.sha256 for one in made}


def bench(
    hashes: dict[str, str], run_id: str = "run", slower: float = 1.0, seed: int = 0
) -> list[Measurement]:
    costs = [COSTS[variant] * slower for variant in hashes]
    return [
        msgspec.structs.replace(
            one,
            model="tiny",
            variant=variant,
            artifact=f"tiny_{variant}.tflite",
            sha256=sha256,
            size=SIZES[variant],
        )
        for (variant, sha256), one in zip(
            hashes.items(), run(MACHINE, costs, np.random.default_rng(seed), run_id=run_id), strict=True
        )
    ]


@pytest.fixture
def work(tmp_path: Path, zoo_home: Path) -> Path:
    """A folder to work in, with `tiny` converted and benched."""
    with ResultStore() as store:
        store.add(*bench(convert(tmp_path / "zoo_models" / "tiny")))
    return tmp_path


def test_table_and_recommendation(work: Path) -> None:
    shown = zoo("compare", "tiny", "--goal", "accuracy>=0.79, smallest", "--pairs", "--plot", cwd=work)
    assert shown.code == 0, shown.err
    row = {line.split()[0]: line for line in shown.out.splitlines() if " kB " in line}
    assert "the reference" in row["float32"]
    assert "no measurable difference" in row["float16"]
    assert "× faster (" in row["int8"]  # noqa: RUF001
    assert row["int8"].rstrip().endswith("●")
    assert not row["float32"].rstrip().endswith("●")
    assert "0.8000 (0.770–0.830)" in row["float16"]  # noqa: RUF001
    assert "take float16 on cpu, 1 thread: 2.00 kB" in shown.out
    assert "does not rule out that accuracy>=0.79 fails" in shown.out
    assert "not int8 on cpu, 1 thread: top1 is 0.7700" not in shown.out
    assert "not int8 on cpu, 1 thread: accuracy is 0.7700" in shown.out
    assert "top1 against latency in ms" in shown.out
    document = zoo("compare", "tiny", "--goal", "accuracy>=0.79, smallest", "--json", cwd=work).document
    assert document["recommendation"]["chosen"]["variant"] == "float16"
    assert [one["pareto"] for one in document["rows"]] == [False, True, True]
    assert document["rows"][2]["verdict"]["kind"] == "faster"
    assert len(document["pairs"]) == 3
    assert "samples" not in document["rows"][0]["measurement"]


def test_pictures(work: Path) -> None:
    pytest.importorskip("matplotlib")
    shown = zoo("compare", "tiny", "--save", "picture", cwd=work)
    assert shown.code == 0, shown.err
    assert (work / "picture.png").read_bytes().startswith(b"\x89PNG")
    assert "float16" in (work / "picture.svg").read_text()
    assert "a picture ends in .png or .svg" in zoo(
        "compare", "tiny", "--save", "picture.gif", cwd=work
    ).failed(2)


def test_changed_files_are_said_and_left_out(work: Path) -> None:
    folder = work / "zoo_models" / "tiny"
    (folder / "tiny_int8.tflite").write_bytes(b"other bytes")
    shown = zoo("compare", "tiny", cwd=work)
    assert "int8: tiny_int8.tflite is not the file that was converted; its results are left out" in shown.out
    assert "× faster" not in shown.out  # noqa: RUF001
    convert(folder, "new")
    assert "nothing was measured of tiny as it is now: run `zoo bench tiny`" in zoo(
        "compare", "tiny", cwd=work
    ).failed(2)
    lone = zoo("compare", folder / "tiny_int8.tflite", cwd=work).failed(2)
    assert "nothing was measured of" in lone


def test_bad_questions_are_one_sentence(work: Path) -> None:
    assert "run `zoo bench nothing`" in zoo("compare", "nothing", cwd=work).failed(2)
    assert "is neither a condition nor one of" in zoo("compare", "tiny", "--goal", "best", cwd=work).failed(2)
    assert "there are float32@cpu" in zoo("compare", "tiny", "--reference", "int4", cwd=work).failed(2)
    assert "a positive share is wanted" in zoo(
        "compare", "--baseline", "x", "--fail-above", "-5%", cwd=work
    ).failed(2)


def test_gate_against_a_folder_benched_in_the_same_run(work: Path) -> None:
    base = convert(work / "base", "base")
    now = convert(work / "zoo_models" / "tiny", "now")
    costs = [*COSTS.values(), COSTS["float32"], COSTS["float16"], 1.2 * COSTS["int8"]]
    together = run(MACHINE, costs, np.random.default_rng(1), run_id="together")
    named = [*base.items(), *now.items()]
    with ResultStore() as store:
        store.add(
            *(
                msgspec.structs.replace(
                    one, model="tiny", variant=variant, sha256=sha256, artifact=f"tiny_{variant}.tflite"
                )
                for (variant, sha256), one in zip(named, together, strict=True)
            )
        )
    report = zoo("compare", "tiny", "--baseline", "base", "--fail-above", "5%", "--json", cwd=work)
    assert report.code == 9, report.err
    outcomes = {one["place"]["variant"]: one for one in report.document["checked"]}
    assert {name: one["outcome"] for name, one in outcomes.items()} == {
        "float32": "passed",
        "float16": "passed",
        "int8": "regressed",
    }
    assert outcomes["int8"]["low"] > 0.05
    assert outcomes["int8"]["paired"]
    assert zoo("compare", "tiny", "--baseline", "base", "--fail-above", "40%", "--quiet", cwd=work).code == 0


def test_gate_against_an_export(work: Path) -> None:
    exported = zoo("results", "--model", "tiny", "--export", "base.jsonl", cwd=work)
    assert exported.out == "3 results written to base.jsonl\n"
    assert zoo("compare", "--baseline", "base.jsonl", cwd=work).code == 10  # not measured since
    hashes = convert(work / "zoo_models" / "tiny")
    with ResultStore() as store:
        store.add(*bench(hashes, "later", slower=1.3, seed=5))
    shown = zoo("compare", "--baseline", "base.jsonl", "--fail-above", "0.05", cwd=work)
    assert shown.code == 9
    assert "REGRESSED" in shown.out
    assert "is no export of results" in zoo(
        "compare", "--baseline", "zoo_models/tiny/manifest.json", cwd=work
    ).failed(2)


def test_results_travel(work: Path, tmp_path: Path) -> None:
    for form in ("all.jsonl", "all.csv", "all.parquet", "all.json"):
        if form.endswith("parquet"):
            pytest.importorskip("pyarrow")
        assert zoo("results", "--export", form, cwd=work).out == f"3 results written to {form}\n"
    elsewhere = str(tmp_path / "elsewhere")
    first = zoo("results", "--import", "all.jsonl", "--json", cwd=work, ZOO_HOME=elsewhere).document
    assert first == [{"file": "all.jsonl", "results": 3, "new": 3}]
    assert (
        zoo("results", "--import", "all.jsonl", "--json", cwd=work, ZOO_HOME=elsewhere).document[0]["new"]
        == 0
    )
    listed = zoo("results", "--variant", "int8", cwd=work, ZOO_HOME=elsewhere)
    assert listed.out.count("int8") == 1
    (work / "cut.jsonl").write_bytes((work / "all.jsonl").read_bytes()[:-100])
    assert "line 3: no result, or one that is cut off" in zoo(
        "results", "--import", "cut.jsonl", cwd=work
    ).failed(2)
    assert "one of .jsonl, .csv, .parquet, .json" in zoo("results", "--export", "all.txt", cwd=work).failed(2)


def test_a_phone_joins_the_table(work: Path) -> None:
    log = logs.ANDROID.replace("3.06409", "0.0011")
    (work / "phone.log").write_text(log)
    assert "name it, like --device 'Pixel 8'" in zoo("results", "--import", "phone.log", cwd=work).failed(2)
    done = zoo("results", "--import", "phone.log", "--device", "Pixel 8", cwd=work)
    assert done.out == "phone.log: 1 results, 1 of them new\n"
    rows = zoo("compare", "tiny", "--json", cwd=work).document["rows"]
    (row,) = [one for one in rows if one["place"]["device"] == "Pixel 8"]
    assert row["place"]["variant"] == "int8"
    assert row["scores"][0]["value"] == 0.77
    assert row["measurement"]["residency"]["accelerated"] == 30
    assert row["verdict"]["text"].endswith("across devices")
    assert "Pixel 8" in zoo("compare", "tiny", cwd=work).out
    (work / "other.log").write_text(logs.ANDROID)
    said = zoo("results", "--import", "other.log", "--device", "Pixel 8", cwd=work).failed(2)
    assert "no converted artifact of that name and size is here" in said
    wrong = zoo(
        *("results", "--import", "other.log", "--device", "Pixel 8"),
        *("--artifact", "zoo_models/tiny/tiny_int8.tflite"),
        cwd=work,
    ).failed(2)
    assert "measured a file of 3.06409 MB, tiny_int8.tflite has 0.0011 MB" in wrong


def test_what_could_not_be_measured_stands_with_its_reason(work: Path, tmp_path: Path) -> None:
    hashes = convert(work / "zoo_models" / "tiny")
    reason = "the GPU accelerator refuses the model: no kernel for MUL"
    refused = [
        Failure(
            artifact=f"tiny_{variant}.tflite",
            model="tiny",
            variant=variant,
            sha256=sha256,
            target="gpu",
            status="refused",
            reason=reason,
            environment={"cpu": "A CPU", "date": "2026-01-01T00:00:00+00:00"},
        )
        for variant, sha256 in hashes.items()
    ]
    with ResultStore() as store:
        store.add(failures=refused)
    shown = zoo("compare", "tiny", cwd=work)
    assert shown.code == 0, shown.err
    assert " ".join(shown.out.split()).count("gpu - - - refused: the GPU accelerator") == 3
    document = zoo("compare", "tiny", "--target", "cpu,gpu", "--json", cwd=work).document
    assert [one["place"]["target"] for one in document["unmeasured"]] == ["gpu"] * 3
    assert document["unmeasured"][0]["failure"]["reason"] == reason
    said = zoo("compare", "tiny", "--target", "gpu", cwd=work).failed(2)
    assert f"nothing was measured of tiny as it is now (tried: gpu: {reason})" in said
    listed = zoo("results", "--target", "gpu", cwd=work)
    assert listed.out.count("refused: the GPU accelerator") == 3
    entries = zoo("results", "--json", cwd=work).document
    assert [one.get("reason", "") for one in entries] == [""] * 3 + [reason] * 3
    assert zoo("results", "--export", "all.jsonl", cwd=work).out == "3 results written to all.jsonl\n"
    elsewhere = str(tmp_path / "elsewhere")
    assert zoo("results", "--import", "all.jsonl", cwd=work, ZOO_HOME=elsewhere).code == 0
    assert zoo("results", "--target", "gpu", cwd=work, ZOO_HOME=elsewhere).out == listed.out
    convert(work / "zoo_models" / "tiny", "other bytes")
    assert "refused" not in zoo("compare", "tiny", cwd=work).failed(2)
