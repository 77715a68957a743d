"""HTTP of this room."""

from flask import Blueprint

bp = Blueprint("questions", __name__)
