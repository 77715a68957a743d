"""HTTP of this room."""

from flask import Blueprint

bp = Blueprint("discussion", __name__)
