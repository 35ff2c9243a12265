"""The examples of written messages, as a person has approved them."""

import pytest
from lxml import etree

from tests.approval import assert_approved
from tests.messages.examples import examples
from tests.messages.valid import parts_of


@pytest.mark.parametrize("name", examples())
def test_each_example_is_valid_and_as_approved(name: str) -> None:
    message = examples()[name]
    parts_of(message)
    assert_approved(f"{name}.xml.txt", _indented(message), exact=True)


def _indented(message: bytes) -> str:
    root = etree.fromstring(message)
    etree.indent(root)
    return f"{etree.tostring(root, encoding='unicode')}\n"
