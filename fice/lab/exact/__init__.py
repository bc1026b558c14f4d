"""How exactly the result of a foreign editor is put back onto its photo."""
