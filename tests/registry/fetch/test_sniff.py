"""What is a model by its first bytes, and what came in its place."""

import pytest

from registry.fetch.sniff import impostor


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"PK\x03\x04 zip of torch", "m.pth"),
        (b"\x80\x02}q\x00", "m.th"),
        (b"\x08\x07\x12\x07pytorch", "m.onnx"),
        (b'<?xml version="1.0"?>\n<net name="m">', "m.xml"),
        (b"\x1c\x00\x00\x00TFL3", "m.tflite"),
        (b"<!DOCTYPE html><html>", "page.html"),
        (b'name: "deploy"\nlayer {', "m.prototxt"),
    ],
)
def test_models_pass(head: bytes, name: str) -> None:
    assert impostor(head, name) is None


@pytest.mark.parametrize(
    ("head", "cause"),
    [
        (b"\xef\xbb\xbf\n<!DOCTYPE HTML PUBLIC>", "HTML page"),
        (b"<!-- x --><HTML><TITLE> A\n B </TITLE>", "HTML page titled “A B”"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "Git-LFS pointer"),
        (b"<Error><Code>NoSuchKey</Code></Error>", "XML error message (NoSuchKey)"),
        (b"<html><body>You need access</body>", "not public"),
        (b"<html>Too many users have viewed or downloaded this file", "quota"),
        (b"<html><title>Google Drive - Virus scan warning</title>", "confirmation page"),
        (b"", "empty"),
    ],
)
def test_impostors_are_named(head: bytes, cause: str) -> None:
    assert cause in str(impostor(head, "m.onnx"))
