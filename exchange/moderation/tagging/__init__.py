"""Tags for questions that have none: those asked before there were tags."""
