"""Who may do what to people. Reading questions is no part of it: an administrator reads what any
member of their teams reads."""

from exchange.people.models import User


def may_administer(user: User) -> bool:
    """Administrators keep accounts, teams and institutions."""
    return user.is_admin and user.active


def may_suspend(user: User, person: User) -> bool:
    """Not oneself: the last administrator would lock the door from outside."""
    return may_administer(user) and user.id != person.id
