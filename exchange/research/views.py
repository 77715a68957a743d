"""HTTP of this room."""

from flask import Blueprint

bp = Blueprint("research", __name__)
