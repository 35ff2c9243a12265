"""Docstrings as mkdocstrings reads them: its sections are named "Examples", ours "Example"."""

import re
from typing import Any

import griffe


class Examples(griffe.Extension):
    """Lets examples be shown as code."""

    def on_instance(self, *, obj: griffe.Object, **kwargs: Any) -> None:  # noqa: ANN401
        """Rename the section of a docstring that was read."""
        if obj.docstring:
            text = obj.docstring.value
            obj.docstring.value = re.sub(r"^Example:$", "Examples:", text, flags=re.MULTILINE)
