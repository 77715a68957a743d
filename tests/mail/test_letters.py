"""What each letter says, to whom, and what does not leave."""

from datetime import timedelta
from email.message import EmailMessage

import pytest

from exchange import db
from exchange.discussion import actions as discussion
from exchange.log.followers import Follower, catch_up
from exchange.log.models import Bookmark
from exchange.mail import notify
from exchange.mail.letters import DECISIONS
from exchange.mail.phrases import PHRASES
from exchange.moderation import actions as moderation
from exchange.outbox.letters import put
from exchange.outbox.models import LetterState
from exchange.people import actions as people
from exchange.people.models import Area, Role, Team, User
from exchange.questions import actions as asking
from exchange.questions.models import Question
from exchange.questions.workflow import MOVES
from exchange.research import claims, hypotheses, outputs, projects
from exchange.research.models import OutcomeKind
from exchange.settings import Settings
from exchange.thread.queries import last_event
from exchange.thread.timeline import COMMENT, FOLDED, LINES
from tests import factories
from tests.factories import circled, claimed, content, opened, proposed, started, submitted
from tests.mail.post import again, deliver, follow, letters_of, text


def say(question: Question, words: str, by: User) -> None:
    discussion.comment(question, text=words, by=by, confirmed=True)


def states(user: User, kind: str) -> list[LetterState]:
    return [letter.state for letter in letters_of(user, kind)]


def test_claire_hears_that_her_question_arrived(settings: Settings, claire: User) -> None:
    submitted(claire)
    question = submitted(claire)
    mail = deliver(settings).to(claire)[1]
    assert mail["Subject"] == f"[{question.ref}] {question.title}"
    assert "n° 2 dans la file" in text(mail)
    assert "au plus tard le" in text(mail)
    assert str(question.ref) in text(mail, "html")
    assert states(claire, "receipt") == [LetterState.SENT] * 2


def test_an_imported_question_is_not_confirmed(settings: Settings, mona: User) -> None:
    asking.submit(content(), by=mona, confirmed=True, imported=True)
    assert deliver(settings).mails == []
    assert letters_of(mona) == []


def test_every_decision_reaches_the_asker_with_its_reason(
    settings: Settings, claire: User, mona: User
) -> None:
    question = submitted(claire)
    moderation.return_(question, reason="Chez **combien** de patients ?", by=mona, confirmed=True)
    asked = deliver(settings).to(claire)[1]
    assert "Chez **combien** de patients ?" in text(asked)
    assert "<strong" in text(asked, "html")
    assert "renvoyez-la" in text(asked)

    asking.resubmit(question, answer="Une quarantaine.", by=claire, confirmed=True)
    assert "bien reçu votre réponse" in text(deliver(settings).to(claire)[0])

    moderation.publish(question, by=mona)
    assert "La question est publiée" in text(deliver(settings).to(claire)[0])

    moderation.park(question, reason="Un essai en cours répondra.", by=mona, confirmed=True)
    assert "Un essai en cours répondra." in text(deliver(settings).to(claire)[0])

    asking.wake(question, reason="", by=claire)
    assert deliver(settings).to(claire) == []

    moderation.decline(question, reason="Hors de nos domaines.", by=mona, confirmed=True)
    assert "Hors de nos domaines." in text(deliver(settings).to(claire)[0])

    moderation.reopen(question, reason="Une équipe arrive.", by=mona, confirmed=True)
    assert "Une équipe arrive." in text(deliver(settings).to(claire)[0])
    assert states(claire, "decision") == [LetterState.SENT] * 5


def test_a_merged_asker_learns_where_their_question_lives(
    settings: Settings, question: Question, mona: User, department: Team
) -> None:
    carole = factories.user("Carole Neri", Role.CLINICIAN, department)
    twin = submitted(carole, title="Échec de l’anti-PD-1 : pourquoi ?")
    follow()
    moderation.merge(twin, question, reason="Même besoin.", by=mona, confirmed=True)
    mails = deliver(settings).to(carole)
    assert [mail["Feedback-ID"].split(":")[0] for mail in mails] == ["receipt", "decision"]
    assert f"/questions/{question.ref}" in text(mails[1])
    assert "Même besoin." in text(mails[1])


def test_a_merge_into_a_circle_names_nothing_of_it(
    settings: Settings, claire: User, mona: User, lab: Team, department: Team
) -> None:
    carole = factories.user("Carole Neri", Role.CLINICIAN, department)
    secret = circled(claire, mona, lab, title="Le marqueur que personne ne connaît")
    twin = submitted(carole)
    moderation.merge(twin, secret, by=mona)
    mail = deliver(settings).to(carole)[-1]
    assert str(secret.ref) not in text(mail) + text(mail, "html")
    assert secret.title not in text(mail) + text(mail, "html")


def test_news_wait_two_minutes_and_make_one_mail(
    settings: Settings, question: Question, claire: User, robin: User
) -> None:
    deliver(settings)
    claimed(question, robin)
    say(question, f"Bonjour @{claire.handle}, combien de biopsies ?", robin)
    follow()
    assert deliver(settings, after=timedelta(seconds=100)).to(claire) == []
    (mail,) = deliver(settings).to(claire)
    assert "a pris la question en charge" in text(mail)
    assert "combien de biopsies ?" in text(mail)
    assert "parce que vous avez posé cette question" in text(mail)
    assert states(claire, "news") == [LetterState.SENT]


def test_nobody_is_told_of_their_own_acts(
    settings: Settings, question: Question, claire: User, robin: User
) -> None:
    claimed(question, robin)
    say(question, "Quarante par an.", claire)
    mails = deliver(settings)
    (to_robin,) = mails.to(robin)
    assert "Quarante par an." in text(to_robin)
    assert "a pris la question en charge" not in text(to_robin)
    assert all("Quarante par an." not in text(mail) for mail in mails.to(claire))


def test_what_was_read_on_the_site_is_not_mailed(
    settings: Settings, question: Question, claire: User, robin: User
) -> None:
    deliver(settings)
    claimed(question, robin)
    say(question, "Combien de biopsies ?", robin)
    follow()
    asking.mark_read(question, claire, event_id=last_event(question))
    assert deliver(settings).to(claire) == []
    (letter,) = letters_of(claire, "news")
    assert letter.state is LetterState.DROPPED
    assert letter.read_at is not None


def test_mute_wins_over_being_mentioned(
    settings: Settings, question: Question, robin: User, lena: User
) -> None:
    asking.follow(question, lena)
    say(question, "Un premier point.", robin)
    follow()
    asking.mute(question, lena)
    assert deliver(settings).to(lena) == []
    assert states(lena, "news") == [LetterState.DROPPED]
    say(question, f"@{lena.handle}, un avis ?", robin)
    assert deliver(settings).to(lena) == []
    assert states(lena, "news") == [LetterState.DROPPED]


def test_a_mention_reaches_somebody_who_did_not_follow(
    settings: Settings, question: Question, robin: User, lena: User
) -> None:
    say(question, f"@{lena.handle}, un avis ?", robin)
    (mail,) = deliver(settings).to(lena)
    assert "un avis ?" in text(mail)
    assert "parce que votre nom y est cité" in text(mail)


def test_whoever_stopped_following_meanwhile_hears_nothing(
    settings: Settings, question: Question, robin: User, lena: User
) -> None:
    asking.follow(question, lena)
    say(question, "Un premier point.", robin)
    follow()
    asking.unfollow(question, lena)
    assert deliver(settings).to(lena) == []


def test_without_instant_mail_the_site_keeps_the_notice(
    settings: Settings, question: Question, robin: User, lena: User
) -> None:
    lena.instant_mail = False
    asking.follow(question, lena)
    say(question, "Un premier point.", robin)
    say(question, "Un second.", robin)
    assert deliver(settings).to(lena) == []
    assert states(lena, "news") == [LetterState.SITE]


def test_whoever_turns_instant_mail_off_meanwhile_gets_a_notice(
    settings: Settings, question: Question, robin: User, lena: User
) -> None:
    asking.follow(question, lena)
    say(question, "Un premier point.", robin)
    follow()
    lena.instant_mail = False
    assert deliver(settings).to(lena) == []
    assert states(lena, "news") == [LetterState.SITE]


def test_a_later_letter_does_not_repeat_the_first(
    settings: Settings, question: Question, robin: User, claire: User
) -> None:
    say(question, "Un premier point.", robin)
    assert "Un premier point." in text(deliver(settings).to(claire)[-1])
    say(question, "Un second.", robin)
    (mail,) = deliver(settings).to(claire)
    assert "Un second." in text(mail)
    assert "Un premier point." not in text(mail)


def test_following_twice_puts_nothing_twice(
    settings: Settings, question: Question, robin: User, claire: User
) -> None:
    claimed(question, robin)
    follow()
    before = [letter.reason for letter in letters_of(claire)]
    db.session.get_one(Bookmark, "letters").event_id = 0
    db.session.commit()
    catch_up([Follower("letters", notify.follow)])
    assert [letter.reason for letter in letters_of(claire)] == before


def test_before_moderation_only_the_asker_hears(
    settings: Settings, claire: User, mona: User
) -> None:
    question = submitted(claire)
    say(question, f"@{claire.handle}, un détail ?", mona)
    say(question, "Le voici.", claire)
    mails = deliver(settings)
    assert mails.to(mona) == []
    assert "un détail ?" in text(mails.to(claire)[-1])


def test_who_left_the_circle_learns_nothing(
    settings: Settings, claire: User, mona: User, robin: User, lab: Team
) -> None:
    question = circled(claire, mona, lab, title="Le marqueur que personne ne connaît")
    asking.follow(question, robin)
    say(question, "Premier détail.", claire)
    follow()
    db.session.delete(robin.memberships[0])
    assert deliver(settings).to(robin) == []
    assert states(robin, "news") == [LetterState.DROPPED]


def test_a_circle_travels_as_a_link_only(
    settings: Settings, claire: User, mona: User, robin: User, lab: Team
) -> None:
    question = circled(claire, mona, lab, title="Le marqueur que personne ne connaît")
    asking.follow(question, robin)
    say(question, "Premier détail.", claire)
    mails = deliver(settings)
    for mail in (*mails.to(robin), *mails.to(claire)):
        whole = mail.as_string() + text(mail) + text(mail, "html") + str(mail["Subject"])
        assert "personne ne connaît" not in whole
        assert "Premier détail" not in whole
        assert "Claire" not in text(mail)
        assert f"/questions/{question.ref}" in text(mail)
    assert len(mails.to(robin)) == 1


def test_a_confidential_hypothesis_travels_as_a_link_only(
    settings: Settings, question: Question, robin: User, claire: User, lena: User, mona: User
) -> None:
    asking.follow(question, lena)
    claimed(question, robin)
    deliver(settings)
    hypothesis = proposed(question, robin, confidential=True)
    discussion.comment(
        question, text="TIGIT, sans doute.", by=robin, hypothesis_id=hypothesis.id, confirmed=True
    )
    mails = deliver(settings)
    (to_claire,) = mails.to(claire)
    assert "TIGIT" not in text(to_claire) + text(to_claire, "html")
    assert hypothesis.ref not in text(to_claire) + text(to_claire, "html")
    assert "confidentiel : à lire sur le site" in text(to_claire)
    (to_lena,) = mails.to(lena)
    assert "TIGIT" not in text(to_lena)


def test_lena_is_not_told_of_a_comment_she_may_not_read(
    settings: Settings, question: Question, robin: User, lena: User
) -> None:
    asking.follow(question, lena)
    claimed(question, robin)
    hypothesis = proposed(question, robin, confidential=True)
    deliver(settings)
    known = letters_of(lena)
    discussion.comment(
        question,
        text=f"@{lena.handle} ne doit pas savoir.",
        by=robin,
        hypothesis_id=hypothesis.id,
        confirmed=True,
    )
    assert deliver(settings).to(lena) == []
    assert letters_of(lena) == known


def test_an_asker_in_the_name_of_a_department_stays_hidden(
    settings: Settings, claire: User, mona: User, robin: User, department: Team
) -> None:
    question = opened(claire, mona, in_department_name=True)
    asking.follow(question, robin)
    say(question, "Nous en voyons deux par mois.", claire)
    (mail,) = deliver(settings).to(robin)
    assert "Nous en voyons deux par mois." in text(mail)
    assert department.name in text(mail)
    assert "Claire" not in mail.as_string() + text(mail) + text(mail, "html")


@pytest.mark.parametrize("beside", [False, True], ids=["the only project", "another goes on"])
def test_the_answer_reaches_asker_supporters_and_followers(
    beside: bool,
    settings: Settings,
    question: Question,
    robin: User,
    claire: User,
    lena: User,
    department: Team,
) -> None:
    carole = factories.user("Carole Neri", Role.CLINICIAN, department)
    asking.support(question, band=None, by=carole)
    asking.mute(question, carole)
    asking.follow(question, lena)
    conclude(question, robin, claire, beside=beside)
    mails = deliver(settings)
    for reader in (claire, carole, lena):
        (mail,) = answers(mails.to(reader))
        assert "Ce marqueur ne suffit pas." in text(mail)
        assert states(reader, "answer") == [LetterState.SENT]
    assert states(robin, "answer") == []
    news = [mail for mail in mails.to(claire) if mail["Feedback-ID"].startswith("news:")]
    assert all("Ce marqueur" not in text(mail) for mail in news)


def test_the_answer_of_a_confidential_project_stays_on_the_site(
    settings: Settings, question: Question, robin: User, claire: User, lena: User
) -> None:
    asking.follow(question, lena)
    conclude(question, robin, claire, confidential=True)
    mails = deliver(settings)
    for reader in (claire, lena):
        (mail,) = answers(mails.to(reader))
        assert "Ce marqueur ne suffit pas." not in text(mail) + text(mail, "html")
        assert "confidentiel" in text(mail)


def test_a_team_that_joined_hears_though_its_members_do_not_follow(
    settings: Settings, question: Question, robin: User, lab: Team, claire: User
) -> None:
    rose = factories.user("Rose Amiel", Role.RESEARCHER, lab)
    claimed(question, robin)
    deliver(settings)
    say(question, "Quarante par an.", claire)
    (mail,) = deliver(settings).to(rose)
    assert "votre équipe est engagée" in text(mail)


def test_a_suspended_person_gets_nothing(
    settings: Settings, question: Question, robin: User, claire: User
) -> None:
    deliver(settings)
    say(question, "Un premier point.", robin)
    follow()
    claire.active = False
    assert deliver(settings).to(claire) == []
    assert states(claire, "news") == [LetterState.DROPPED]


def test_an_english_reader_is_written_to_in_english(
    settings: Settings, question: Question, robin: User, lena: User
) -> None:
    lena.locale = "en"
    asking.follow(question, lena)
    say(question, "Un premier point.", robin)
    (mail,) = deliver(settings).to(lena)
    assert mail["Content-Language"] == "en"
    assert '<html lang="en">' in text(mail, "html")
    assert str(mail["From"]).startswith("The question exchange <")
    assert "The question exchange · " in text(mail)


def answers(mails: list[EmailMessage]) -> list[EmailMessage]:
    return [mail for mail in mails if mail["Feedback-ID"].startswith("answer:")]


def test_every_kind_of_event_has_its_letter_or_is_silent() -> None:
    on_questions = {*LINES, COMMENT, *FOLDED}
    assert set(notify.TELLS) | notify.SILENT == on_questions
    assert not set(notify.TELLS) & notify.SILENT
    assert set(notify.TELLS) <= set(PHRASES)


def test_letters_agree_with_the_table_of_moves() -> None:
    for move in MOVES:
        if not move.tells:
            assert move.fact.kind in notify.SILENT
            continue
        tell = notify.TELLS[move.fact.kind]
        if move.tells == ("asker",):
            assert tell in {notify.submitted, notify.returned}
        if "supporters" in move.tells:
            assert tell is notify.concluded
        if tell is notify.decided:
            assert move.fact.kind in DECISIONS


def test_a_release_is_told_with_its_reason(
    settings: Settings, question: Question, robin: User, claire: User
) -> None:
    claim = claimed(question, robin)
    deliver(settings)
    claims.release(claim, reason="Notre cytomètre est en panne.", by=robin, confirmed=True)
    (mail,) = deliver(settings).to(claire)
    assert "Notre cytomètre est en panne." in text(mail)
    assert "Notre cytomètre est en panne." in text(mail, "html")


def conclude(
    question: Question,
    robin: User,
    claire: User,
    *,
    confidential: bool = False,
    beside: bool = False,
) -> None:
    claimed(question, robin)
    hypothesis = proposed(question, robin)
    hypotheses.endorse(hypothesis, by=claire)
    project = started(hypothesis, robin, claire, confidential=confidential)
    if beside:
        started(hypothesis, robin, claire)
    outputs.note(
        project, kind=OutcomeKind.NEGATIVE, summary="Aucune différence.", by=robin, confirmed=True
    )
    db.session.refresh(project)
    projects.conclude(
        project,
        answer="Ce marqueur ne suffit pas.",
        verdicts=factories.verdicts(project),
        by=robin,
        confirmed=True,
    )


def test_who_left_the_team_meanwhile_hears_nothing(
    settings: Settings, question: Question, robin: User, claire: User
) -> None:
    """The letter was written for a member of the team; by the time it leaves they are none."""
    claimed(question, robin)
    asking.unfollow(question, robin)
    discussion.comment(question, text="Où en êtes-vous ?", by=claire, confirmed=True)
    follow()
    db.session.delete(again(robin).memberships[0])
    assert deliver(settings).to(robin) == []
    assert [one.state for one in letters_of(robin, "news")] == [LetterState.DROPPED]


def test_leaving_a_team_empties_the_box_too(
    settings: Settings, claire: User, mona: User, robin: User, lab: Team, ada: User
) -> None:
    """A question kept to Robin's laboratory has made news for him, and a digest is due; he leaves the
    laboratory before either goes. Nothing leaves, and no count tells that there was something."""
    kept = circled(claire, mona, lab)
    robin.areas = [Area.CANCER.value]
    claimed(kept, robin)
    say(kept, "@robin : où en êtes-vous ?", claire)
    follow()
    put("digest", to=robin.id, reason="digest:daily:2026-11-23")
    assert states(robin, "news") == [LetterState.WAITING]
    people.leave_team(again(robin), lab, by=again(ada))
    assert deliver(settings).to(robin) == []
    assert states(robin, "news") == states(robin, "digest") == [LetterState.DROPPED]


def test_a_follower_hears_though_their_team_gave_up(
    settings: Settings, question: Question, robin: User, claire: User
) -> None:
    claimed(question, robin)  # claiming follows
    discussion.comment(question, text="Où en êtes-vous ?", by=claire, confirmed=True)
    follow()
    db.session.delete(again(robin).memberships[0])
    assert len(deliver(settings).to(robin)) == 1
