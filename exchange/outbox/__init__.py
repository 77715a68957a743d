"""Letters: rows before they are mail, so that a crash neither loses one nor writes one twice."""
