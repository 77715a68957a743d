"""Who may do what to people. Reading questions is no part of it: an administrator reads what any
member of their teams reads."""

from sqlalchemy import ColumnElement, select, true

from exchange.people.models import Membership, Role, Standing, Team, User

SIMPLE = Role.CLINICIAN | Role.RESEARCHER
"""Roles that decide on nobody else."""


def may_administer(user: User) -> bool:
    """Administrators keep accounts, teams and institutions."""
    return user.is_admin and user.active


def may_suspend(user: User, person: User) -> bool:
    """Not oneself: the last administrator would lock the door from outside."""
    return may_administer(user) and user.id != person.id


def led_team_ids(user: User) -> set[int]:
    """The teams of which the person is responsible."""
    return {one.team_id for one in user.memberships if one.lead}


def invites(user: User) -> bool:
    """Whether the person may invite anybody at all."""
    return user.active and (user.is_admin or user.is_moderator or bool(led_team_ids(user)))


def may_invite(user: User, roles: Role, team: Team | None) -> bool:
    """An administrator with any role; a moderator as clinician or researcher; a lead the same, into
    their own team."""
    if may_administer(user):
        return True
    if not user.active or roles & ~SIMPLE:
        return False
    return user.is_moderator or (team is not None and team.id in led_team_ids(user))


def may_admit(user: User, person: User) -> bool:
    """Moderators, administrators, and the lead of the team that the person names."""
    if not user.active:
        return False
    decides = user.is_moderator or user.is_admin
    return decides or bool(led_team_ids(user) & set(person.team_ids))


def admissible_by(user: User) -> ColumnElement[bool]:
    """The candidates of `may_admit`, as SQL."""
    theirs = select(Membership.user_id).where(Membership.team_id.in_(led_team_ids(user)))
    decides = user.is_moderator or user.is_admin
    return (User.standing == Standing.CANDIDATE) & (true() if decides else User.id.in_(theirs))
