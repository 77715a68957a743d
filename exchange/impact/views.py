"""HTTP of this room."""

from flask import Blueprint

bp = Blueprint("impact", __name__)
