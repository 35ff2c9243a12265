"""Of statements to and from other systems over HTTP."""
