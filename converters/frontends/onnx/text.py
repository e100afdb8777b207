"""Counting n-grams of numbers."""

from collections.abc import Sequence

import numpy as np
from onnx import TensorProto

from converters.frontends.onnx.rewriting import Site, UnknownError, rewrites


@rewrites("TfIdfVectorizer", why="n-grams counted by comparison")
def tf_idf(site: Site) -> Sequence[str]:
    """TfIdfVectorizer-9: how often each n-gram of the pool stands in a row, its elements up to `max_skip_count` apart."""
    pool = site.attribute("pool_int64s")
    if not pool:
        raise UnknownError("a pool of strings")
    shape = site.shape(0)
    rows = site("Reshape", site.input(0), site.ints(-1, shape[-1]))
    rows = site("Cast", rows, to=TensorProto.INT64)
    low, high = site.attribute("min_gram_length"), site.attribute("max_gram_length")
    bounds = [*site.attribute("ngram_counts"), len(pool)]
    columns = site.attribute("ngram_indexes")
    parts, places, done = [], [], 0
    for length in range(1, len(bounds)):
        grams = np.asarray(pool[bounds[length - 1] : bounds[length]], np.int64).reshape(-1, length)
        own = columns[done : done + len(grams)]
        done += len(grams)
        if low <= length <= high and len(grams):
            parts.append(
                _counts(
                    site, rows, grams, shape[-1], 1 if length == 1 else site.attribute("max_skip_count") + 1
                )
            )
            places += own
    width = max(columns) + 1
    placed = np.zeros((len(places), width), np.float32)
    placed[np.arange(len(places)), places] = 1
    counts = parts[0] if len(parts) == 1 else site("Concat", *parts, axis=1)
    found = site("MatMul", counts, site.constant(placed))
    mode = site.attribute("mode")
    if mode in ("IDF", "TFIDF"):
        weights = np.zeros(width, np.float32)
        weights[columns] = site.attribute("weights") or np.ones(len(columns), np.float32)
        if mode == "IDF":
            found = site("Min", found, site.constant(np.float32(1)))
        found = site("Mul", found, site.constant(weights))
    return [site("Reshape", found, site.ints(*shape[:-1], width))]


def _counts(
    site: Site, rows: str, grams: "np.ndarray[tuple[int, ...], np.dtype[np.int64]]", size: int, gaps: int
) -> str:
    """[rows, grams]: over every start and every gap whether all elements of the n-gram are there."""
    length = grams.shape[1]
    total = ""
    for gap in range(1, gaps + 1):
        starts = size - gap * (length - 1)
        if starts <= 0:
            break
        take = np.arange(starts)[:, None] + gap * np.arange(length)
        found = site("Gather", rows, site.constant(take.astype(np.int64)), axis=1)
        found = site("Unsqueeze", found, site.ints(2))
        equal = site("Cast", site("Equal", found, site.constant(grams[None, None])), to=TensorProto.FLOAT)
        whole = site(
            "ReduceSum", site("ReduceMin", equal, site.ints(3), keepdims=0), site.ints(1), keepdims=0
        )
        total = whole if not total else site("Add", total, whole)
    return total or site("Expand", site.constant(np.float32(0)), site.ints(1, len(grams)))
