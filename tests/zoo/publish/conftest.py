from collections.abc import Iterator

import pytest

from tests.zoo.publish import loopback_hub


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[loopback_hub.Hub]:
    """A Hub that huggingface_hub's client talks to, logged in, without real waits between its tries."""
    from huggingface_hub import constants
    from huggingface_hub.utils import _http

    with loopback_hub.serving() as server:
        monkeypatch.setattr(constants, "ENDPOINT", server.endpoint)
        template = constants.HUGGINGFACE_CO_URL_TEMPLATE.replace(
            constants._HF_DEFAULT_ENDPOINT, server.endpoint
        )
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr(_http.time, "sleep", lambda _: None)
        monkeypatch.setenv("HF_TOKEN", loopback_hub.TOKEN)
        yield server
