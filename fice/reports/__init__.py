"""What is said and shown of an edit: figures, pages, sheets, plots, lines on a terminal."""
