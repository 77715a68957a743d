"""Forms of attachments."""

from flask_wtf.file import FileField
from wtforms import BooleanField, StringField
from wtforms.validators import ValidationError

from exchange.attachments.actions import CAPTION_LIMIT
from exchange.forms import AtMost, Form
from exchange.i18n import gettext as _
from exchange.i18n import lazy_gettext as _l


class ProofForm(Form):
    """A document."""

    file = FileField(
        _l("Fichier"),
        render_kw={"accept": ".png,.jpg,.jpeg,.webp,.pdf,.csv,.xlsx"},
    )
    looked = BooleanField(
        _l("J’ai regardé ce fichier : rien n’y permet d’identifier un patient, pas même l’image.")
    )

    def validate_file(self, field: FileField) -> None:
        if not field.data or not field.data.filename:
            raise ValidationError(_("Choisissez un fichier."))

    def validate_looked(self, field: BooleanField) -> None:
        if not field.data:
            raise ValidationError(_("Regardez-le d’abord : un nom incrusté ne se détecte pas."))


class AttachmentForm(ProofForm):
    """A document, and what it shows."""

    caption = StringField(
        _l("Ce qu’il montre"),
        [AtMost(CAPTION_LIMIT)],
        description=_l("Une phrase, lue aussi par qui ne voit pas l’image."),
    )
