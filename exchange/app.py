"""Building the application: with the command line, the only module that knows every room."""

from flask import Flask

from exchange import db, web
from exchange.attachments.actions import tell_joined
from exchange.attachments.queries import names_of_draft
from exchange.attachments.store import open_store
from exchange.attachments.views import bp as attachments
from exchange.discussion.views import bp as discussion
from exchange.guard import gate
from exchange.home.queries import nav
from exchange.home.views import bp as home
from exchange.impact import targets
from exchange.impact.candidates import bp as candidates
from exchange.impact.views import bp as impact
from exchange.impact.yearly import bp as yearly
from exchange.mail.receiving.views import bp as receiving
from exchange.mail.views import bp as mail
from exchange.meetings.views import bp as meetings
from exchange.moderation.batches.views import bp as batches
from exchange.moderation.deferrals.views import bp as deferrals
from exchange.moderation.flags.views import bp as flags
from exchange.moderation.habits.views import bp as habits
from exchange.moderation.merges.views import bp as merges
from exchange.moderation.objections.views import bp as objections
from exchange.moderation.redaction.views import bp as redaction
from exchange.moderation.register.views import bp as register
from exchange.moderation.replies.views import bp as replies
from exchange.moderation.tagging.views import bp as tagging
from exchange.moderation.views import bp as moderation
from exchange.paths import STATIC, TEMPLATES
from exchange.people import entrance
from exchange.people.models import AREA_LABELS
from exchange.people.sso import doors
from exchange.people.views import bp as people
from exchange.questions.models import KIND_LABELS, STAGE_LABELS
from exchange.questions.views import bp as questions
from exchange.research.views import bp as research
from exchange.search.views import bp as search
from exchange.search.views import nearest
from exchange.settings import Settings
from exchange.sheets.views import bp as sheets
from exchange.teams.views import bp as teams
from exchange.thread.views import bp as thread
from exchange.vocabulary import current
from exchange.vocabulary.views import bp as vocabulary

BLUEPRINTS = (
    home,
    people,
    teams,
    questions,
    thread,
    discussion,
    attachments,
    meetings,
    research,
    batches,
    deferrals,
    replies,
    habits,
    moderation,
    redaction,
    flags,
    register,
    merges,
    objections,
    tagging,
    search,
    mail,
    receiving,
    impact,
    candidates,
    yearly,
    sheets,
    vocabulary,
)


def create_app(settings: Settings | None = None) -> Flask:
    """The WSGI application for these settings (default: those of the environment)."""
    settings = settings or Settings.from_env()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    app = Flask("exchange", template_folder=str(TEMPLATES), static_folder=str(STATIC))
    engine = db.connect(settings.database, synchronous=settings.sqlite_synchronous)
    db.bind(engine)
    targets.of(settings.targets_file)
    gate.configure(settings.patterns())
    current.configure(settings.data_dir / "index")
    app.extensions["engine"] = engine
    app.extensions["attachments"] = open_store(settings)
    app.extensions[doors.DOORS] = doors.build(settings)
    web.init(app, settings, nav=nav)
    app.extensions["sign_in_page"] = entrance.ended
    app.extensions["similar"] = nearest
    app.extensions["joined"] = names_of_draft
    app.extensions["sent"] = tell_joined
    app.jinja_env.globals.update(
        area_labels=AREA_LABELS, kind_labels=KIND_LABELS, stage_labels=STAGE_LABELS
    )
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app
