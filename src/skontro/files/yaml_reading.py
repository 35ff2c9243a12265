"""YAML 1.2 reading with bounds on nesting and on values multiplied by aliases.

A few lines of aliases can expand to more values than memory holds. A few thousand brackets can nest
deeper than the interpreter recurses. Both are counted while the text becomes nodes, before any
value is built.
"""

from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer, ComposerError
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import AliasEvent
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

#: Mappings and lists within one another; no document of ours has more than ten.
MAX_LEVELS: Final = 32
#: Most values of a document with its aliases expanded.
MAX_VALUES: Final = 1_000_000


class NotYamlError(ValueError):
    """The text is not readable YAML; the message names place and reason."""


class _CountingComposer(Composer):
    """Counts the values of each node, with aliases expanded."""

    def __init__(self, loader: Any = None) -> None:  # noqa: ANN401
        super().__init__(loader=loader)
        self._values: dict[int, int] = {}

    def compose_node(self, parent: Any, index: Any) -> Any:  # noqa: ANN401
        is_alias = self.parser.check_event(AliasEvent)
        mark = self.parser.peek_event().start_mark
        node = super().compose_node(parent, index)
        if not is_alias:
            self._values[id(node)] = self._count(node)
        elif id(node) not in self._values:
            raise ComposerError(None, None, "an alias is inside the value that it names", mark)
        if self._values[id(node)] > MAX_VALUES and self.anchors:
            raise ComposerError(
                None, None, f"aliases make more than {MAX_VALUES:,} values of it", mark
            )
        return node

    def _count(self, node: Node) -> int:
        children: list[Node] = []
        if isinstance(node, SequenceNode):
            children = node.value
        elif isinstance(node, MappingNode):
            children = [part for pair in node.value for part in pair]
        return 1 + sum(self._values[id(child)] for child in children)


def load_yaml(text: str, *, with_lines: bool = False) -> Any:  # noqa: ANN401  any YAML value
    """Parse a YAML document.

    Args:
        text: one document.
        with_lines: give mappings and lists that know the lines of their entries (slower).

    Raises:
        NotYamlError: it is no such document, has a key twice, is nested more deeply than
            `MAX_LEVELS`, or its aliases refer to themselves or expand to too many values.

    Example:
        >>> load_yaml("a: [1, NO]")
        {'a': [1, 'NO']}
    """
    yaml = YAML(typ="rt" if with_lines else "safe", pure=True)
    yaml.Composer = _CountingComposer
    yaml.max_depth = MAX_LEVELS
    try:
        return yaml.load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        line = f"line {mark.line + 1}: " if mark else ""
        raise NotYamlError(f"{line}this is not YAML: {_reason(error)}") from None
    except Exception as error:
        # Constructors of the library raise many errors: KeyError for `!!bool x`, IndexError
        # for `!!int ''`, OverflowError for a character beyond Unicode, AttributeError and others.
        # All of them are problems of the text.
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise NotYamlError(f"this is not YAML: {reason}") from None


def _reason(error: MarkedYAMLError) -> str:
    reason = " ".join(str(error.problem).split())
    return "it is nested too deeply" if "maximum depth" in reason else reason
