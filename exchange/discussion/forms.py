"""Forms of the discussion."""

from wtforms import TextAreaField

from exchange.discussion.actions import COMMENT_LIMIT
from exchange.forms import AtMost, Filled, Form
from exchange.i18n import lazy_gettext as _l


class CommentForm(Form):
    text = TextAreaField(
        _l("Votre message"),
        [Filled(_l("Écrivez d’abord votre commentaire.")), AtMost(COMMENT_LIMIT)],
        render_kw={"rows": 10},
        description=_l(
            "Aucun avis sur un patient particulier, rien qui l’identifie. Mise en forme Markdown ;"
            " @identifiant prévient une personne ; DOI, PMID et NCT deviennent des liens."
        ),
    )

    def words(self) -> str:
        """What was typed."""
        return self.text.data or ""
