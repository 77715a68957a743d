"""What can happen to people, teams and institutions."""

from dataclasses import dataclass

from exchange.log.facts import Fact


@dataclass(frozen=True, kw_only=True)
class UserAdded(Fact, kind="user.added"):
    user_id: int


@dataclass(frozen=True, kw_only=True)
class UserSuspended(Fact, kind="user.suspended"):
    user_id: int


@dataclass(frozen=True, kw_only=True)
class UserReinstated(Fact, kind="user.reinstated"):
    user_id: int


@dataclass(frozen=True, kw_only=True)
class PasswordChanged(Fact, kind="user.password_changed"):
    user_id: int


@dataclass(frozen=True, kw_only=True)
class RolesChanged(Fact, kind="user.roles_changed"):
    """`before` and `after` are sums of the bits of `Role`."""

    user_id: int
    before: int
    after: int


@dataclass(frozen=True, kw_only=True)
class UserInvited(Fact, kind="user.invited"):
    user_id: int


@dataclass(frozen=True, kw_only=True)
class UserJoined(Fact, kind="user.joined"):
    """The invitation was followed, or another door's rules let them in: the account is open."""

    user_id: int


@dataclass(frozen=True, kw_only=True)
class UserApplied(Fact, kind="user.applied"):
    """Somebody with an address of ours asks for an account."""

    user_id: int


@dataclass(frozen=True, kw_only=True)
class UserAdmitted(Fact, kind="user.admitted"):
    user_id: int


@dataclass(frozen=True, kw_only=True)
class UserTurnedAway(Fact, kind="user.turned_away"):
    user_id: int


@dataclass(frozen=True, kw_only=True)
class FactorAdded(Fact, kind="user.factor_added"):
    """`factor`: totp or passkey."""

    user_id: int
    factor: str


@dataclass(frozen=True, kw_only=True)
class FactorRemoved(Fact, kind="user.factor_removed"):
    user_id: int
    factor: str


@dataclass(frozen=True, kw_only=True)
class FactorsReset(Fact, kind="user.factors_reset"):
    """An administrator took every second factor away."""

    user_id: int


@dataclass(frozen=True, kw_only=True)
class IdentityLinked(Fact, kind="user.identity_linked"):
    """`door`: openid, proxy or ldap."""

    user_id: int
    door: str


@dataclass(frozen=True, kw_only=True)
class IdentityUnlinked(Fact, kind="user.identity_unlinked"):
    user_id: int
    door: str


@dataclass(frozen=True, kw_only=True)
class LinkAsked(Fact, kind="link.asked"):
    """Somebody asked for a mailed link, perhaps for an address that nobody has."""

    link_id: int


@dataclass(frozen=True, kw_only=True)
class AddressChanged(Fact, kind="user.address_changed"):
    user_id: int


@dataclass(frozen=True, kw_only=True)
class AddressRefused(Fact, kind="user.address_refused"):
    """Whoever reads the former address did not want the change."""

    user_id: int


@dataclass(frozen=True, kw_only=True)
class TeamJoined(Fact, kind="team.joined"):
    team_id: int
    user_id: int


@dataclass(frozen=True, kw_only=True)
class TeamLeft(Fact, kind="team.left"):
    team_id: int
    user_id: int


@dataclass(frozen=True, kw_only=True)
class TeamAdded(Fact, kind="team.added"):
    team_id: int


@dataclass(frozen=True, kw_only=True)
class TeamChanged(Fact, kind="team.changed"):
    team_id: int


@dataclass(frozen=True, kw_only=True)
class InstitutionAdded(Fact, kind="institution.added"):
    institution_id: int


@dataclass(frozen=True, kw_only=True)
class InstitutionChanged(Fact, kind="institution.changed"):
    institution_id: int


@dataclass(frozen=True, kw_only=True)
class AddressDied(Fact, kind="user.address_died"):
    """Mail to the person comes back: nothing more is sent."""

    user_id: int


@dataclass(frozen=True, kw_only=True)
class AddressRevived(Fact, kind="user.address_revived"):
    user_id: int
