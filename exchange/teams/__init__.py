"""The pages of teams: who they are, what they promised and did."""
