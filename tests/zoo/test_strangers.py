"""A stranger's card, as the commands fetch it."""

import msgspec
import pytest

from registry.catalog import StrangersCard
from registry.errors import FetchError
from registry.progress import silent
from tests.registry.fetch.conftest import CONTENT, make_card
from tests.registry.loopback import file, serving
from zoo import sources
from zoo.request import Access


def test_only_the_users_own_card_reaches_a_private_server() -> None:
    with serving() as server:
        server.routes["/m"] = file(CONTENT)
        own = make_card(server.url("/m"))
        strange = msgspec.convert(msgspec.to_builtins(own), StrangersCard)
        with pytest.raises(FetchError, match="this machine's own network"):
            sources.fetch(strange, Access(), silent)
        assert server.log == []
        assert sources.fetch(own, Access(), silent).files["model.onnx"].read_bytes() == CONTENT
