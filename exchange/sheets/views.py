"""HTTP of tables of people."""

import tempfile
from pathlib import Path

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage
from wtforms import BooleanField, FileField
from wtforms.validators import ValidationError

from exchange import db, web
from exchange.access import access, me
from exchange.forms import Form
from exchange.i18n import gettext as _
from exchange.i18n import lazy_gettext as _l
from exchange.people.models import Role
from exchange.sheets import people, reading

bp = Blueprint("sheets", __name__)


class PeopleFileForm(Form):
    file = FileField(
        _l("Fichier"),
        description=_l("CSV ou XLSX ; colonnes : email, nom, rôles, équipe."),
    )
    dry_run = BooleanField(_l("Essai : vérifier les lignes sans rien écrire"), default=True)

    def validate_file(self, field: FileField) -> None:
        if not isinstance(field.data, FileStorage) or not field.data.filename:
            raise ValidationError(_("Choisissez un fichier."))


@bp.route("/admin/import-people", methods=["GET", "POST"])
@access(Role.ADMINISTRATOR)
def import_people() -> ResponseReturnValue:
    """Invite everybody of a table, or say which rows would be refused."""
    form = PeopleFileForm()
    lines: list[str] = []
    if form.submitted():
        dry_run = bool(form.dry_run.data)
        try:
            report = _read(form.file.data)
        except reading.CannotRead as wrong:
            form.sentence = str(wrong)
        else:
            if dry_run or report.refused:
                db.session.rollback()
            else:
                db.session.commit()
            lines = list(report.lines(dry_run=dry_run))
            form.status = 422 if report.refused else 200
    return web.page(
        "people/import.html",
        form=form,
        lines=lines,
        back=url_for("people.admin"),
    )


def _read(sent: FileStorage) -> people.Report:
    suffix = Path(str(sent.filename)).suffix.lower()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"people{suffix if suffix.isascii() and len(suffix) < 9 else ''}"
        sent.save(path)
        return people.run(path, by=me())
