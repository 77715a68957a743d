"""What a transaction that will write knows."""

from flask import Flask

from exchange import db
from exchange.people.models import User


def test_what_was_read_before_a_write_is_read_again(app: Flask, claire: User) -> None:
    db.session.commit()
    with app.extensions["engine"].begin() as elsewhere:
        elsewhere.exec_driver_sql("UPDATE \"user\" SET title = 'Professeure'")
    assert claire.title == ""
    db.begin_write()
    assert claire.title == "Professeure"
