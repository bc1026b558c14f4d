"""Many edits: a table of photos and texts, done once, in this process or by several."""
