"""`exchange trim FILE…`: one JSON line per file."""

import json
from pathlib import Path

from exchange.mail.incoming.measure import trim_files


def test_a_message_and_a_plain_text(tmp_path: Path) -> None:
    message = tmp_path / "a.eml"
    message.write_bytes(b"From: r@lab.example.org\nSubject: Re: x\n\nOui.\n\n-- \nRobin\n")
    text = tmp_path / "b.txt"
    text.write_text(
        "Merci à tous\n\nLe 03/03/2025 à 10:12, Claire a écrit :\n> Oui ?\n", encoding="utf-8"
    )
    pasted = tmp_path / "c.txt"
    pasted.write_text("From: Claire\nSent: Monday\n\nOui.\n", encoding="utf-8")
    lines = [json.loads(line) for line in trim_files([message, text, pasted])]
    assert lines == [
        {"file": str(message), "text": "Oui."},
        {"file": str(text), "text": "Merci à tous"},
        {"file": str(pasted), "text": "From: Claire\nSent: Monday\n\nOui."},
    ]
