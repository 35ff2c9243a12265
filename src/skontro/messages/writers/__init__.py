"""Messages that the system writes: answers, statements and notices, each valid by its schema."""
