from converters.emitters.tensorflow.names import identifier, layer_name, node_name, unique


def test_identifier_changes_what_python_forbids() -> None:
    assert identifier("input.1") == "input_1"
    assert identifier("0/x:0") == "_0_x_0"
    assert identifier("image") == "image"


def test_node_name_keeps_scopes() -> None:
    assert node_name("block/conv-1.out") == "block/conv-1.out"
    assert node_name("_x:0") == "n_x_0"
    assert node_name("/") == "value"


def test_layer_name_has_no_slash() -> None:
    assert layer_name("block/conv.out") == "block_conv.out"
    assert layer_name("") == "layer"


def test_unique_numbers_what_is_taken_without_case() -> None:
    assert unique(("a", "A", "a", "b"), ("b",)) == ("a", "A_1", "a_2", "b_1")
