"""Claims, hypotheses, projects and their outcomes."""
