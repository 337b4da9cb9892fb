"""What several verbs share: the progress of the terminal, tables, and groups of options."""
