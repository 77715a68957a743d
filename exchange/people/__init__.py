"""Institutions, teams, people, sign-in and settings."""
