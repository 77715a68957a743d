"""Named reads of the research half. Each starts from what the reader may read, and says what it
costs; the reader's own query and the header's come on top."""
