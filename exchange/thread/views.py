"""HTTP of this room."""

from flask import Blueprint

bp = Blueprint("thread", __name__)
