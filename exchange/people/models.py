"""Who is here: institutions, teams, people."""

import enum
from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from exchange import clock
from exchange.db import Base, Id, Prose, Short, choice
from exchange.i18n import mark as _m


class Area(enum.StrEnum):
    """The fields of the biocluster, and the rest."""

    CANCER = "cancer"
    INFECTIOUS = "infectious"
    INFLAMMATORY = "inflammatory"
    AUTOIMMUNE = "autoimmune"
    OTHER = "other"


AREA_LABELS = {
    Area.CANCER: _m("Cancer"),
    Area.INFECTIOUS: _m("Infections"),
    Area.INFLAMMATORY: _m("Inflammation"),
    Area.AUTOIMMUNE: _m("Auto-immunité"),
    Area.OTHER: _m("Autre domaine"),
}


class InstitutionKind(enum.StrEnum):
    HOSPITAL = "hospital"
    RESEARCH = "research"
    UNIVERSITY = "university"
    COMPANY = "company"


class TeamKind(enum.StrEnum):
    LAB = "lab"
    DEPARTMENT = "department"


class Role(enum.IntFlag):
    """What a person is here for; one may be several. Stored as the sum of its bits."""

    CLINICIAN = 1
    RESEARCHER = 2
    MODERATOR = 4
    ADMINISTRATOR = 8


ROLE_LABELS = {
    Role.CLINICIAN: _m("Clinicien"),
    Role.RESEARCHER: _m("Chercheur"),
    Role.MODERATOR: _m("Modérateur"),
    Role.ADMINISTRATOR: _m("Administrateur"),
}


class DigestPeriod(enum.StrEnum):
    DAILY = "daily"
    WEEKLY = "weekly"
    NEVER = "never"


WORKDAYS = 0b11111
"""Monday to Friday: a bit for each day of the week, Monday the lowest."""


class Standing(enum.StrEnum):
    """Where an account is on its way in. One that is not a member's is not active."""

    MEMBER = "member"
    INVITED = "invited"  # has not followed the invitation
    APPLYING = "applying"  # has not followed the link that proves the address
    CANDIDATE = "candidate"  # waits for a decision
    TURNED_AWAY = "turned_away"


STANDING_LABELS = {
    Standing.INVITED: _m("invité"),
    Standing.APPLYING: _m("adresse à confirmer"),
    Standing.CANDIDATE: _m("à admettre"),
    Standing.TURNED_AWAY: _m("demande écartée"),
}


class Institution(Base):
    __tablename__ = "institution"

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[Short]
    short: Mapped[str] = mapped_column(String(64))
    kind: Mapped[InstitutionKind] = mapped_column(choice(InstitutionKind))
    city: Mapped[Short] = mapped_column(default="Marseille")
    mail_domains: Mapped[list[str]] = mapped_column(default=list)


class Team(Base):
    """A laboratory or a clinical department."""

    __tablename__ = "team"

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[Short]
    kind: Mapped[TeamKind] = mapped_column(choice(TeamKind))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), index=True)
    description: Mapped[Prose]
    description_html: Mapped[Prose]
    expertise: Mapped[list[str]] = mapped_column(default=list)
    techniques: Mapped[list[str]] = mapped_column(default=list)
    areas: Mapped[list[str]] = mapped_column(default=list)

    institution: Mapped[Institution] = relationship()
    memberships: Mapped[list["Membership"]] = relationship(back_populates="team")


class User(Base):
    """A person. `handle` is how others mention them: @claire.martel."""

    __tablename__ = "user"

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(String(255), unique=True)
    handle: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[Short]
    title: Mapped[Short] = mapped_column(default="")
    password_hash: Mapped[Short] = mapped_column(default="")
    password_until: Mapped[datetime | None]
    """When the password was made by somebody else: until then it lets its owner choose their own,
    and nothing more."""
    role_bits: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
    standing: Mapped[Standing] = mapped_column(choice(Standing), default=Standing.MEMBER)
    locale: Mapped[str] = mapped_column(String(8), default="fr")
    timezone: Mapped[str] = mapped_column(String(64), default="Europe/Paris")
    theme: Mapped[str] = mapped_column(String(8), default="auto")
    areas: Mapped[list[str]] = mapped_column(default=list)
    digest: Mapped[DigestPeriod] = mapped_column(choice(DigestPeriod), default=DigestPeriod.WEEKLY)
    digest_hour: Mapped[int] = mapped_column(default=7)
    digest_days: Mapped[int] = mapped_column(default=WORKDAYS, server_default=str(WORKDAYS))
    digest_event_id: Mapped[int] = mapped_column(default=0)
    instant_mail: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    unsubscribe_token: Mapped[str] = mapped_column(String(64), unique=True)
    mail_dead_at: Mapped[datetime | None]
    """Since when mail no longer reaches the person: nothing is sent until it is mended."""

    memberships: Mapped[list["Membership"]] = relationship(
        back_populates="user", order_by="Membership.id"
    )

    session_id = 0
    """The number of the session that this request came with."""
    proved = False
    """Whether a second factor was shown in it."""
    outer_id = 0
    """The number of the session at the identity provider from which it began; 0: it did not."""

    # Flask-Login's words
    @property
    def is_authenticated(self) -> bool:
        return True

    @property
    def is_active(self) -> bool:
        return self.active

    @property
    def is_anonymous(self) -> bool:
        return False

    def get_id(self) -> str:
        return str(self.id)

    @property
    def roles(self) -> Role:
        return Role(self.role_bits)

    @property
    def is_clinician(self) -> bool:
        return bool(self.roles & Role.CLINICIAN)

    @property
    def is_researcher(self) -> bool:
        return bool(self.roles & Role.RESEARCHER)

    @property
    def is_moderator(self) -> bool:
        return bool(self.roles & Role.MODERATOR)

    @property
    def is_admin(self) -> bool:
        return bool(self.roles & Role.ADMINISTRATOR)

    @property
    def teams(self) -> list[Team]:
        return [membership.team for membership in self.memberships]

    @property
    def team_ids(self) -> list[int]:
        return [membership.team_id for membership in self.memberships]

    @property
    def team(self) -> Team | None:
        """The first team joined: the one a person speaks for unless they say otherwise."""
        return self.memberships[0].team if self.memberships else None


class Membership(Base):
    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("user_id", "team_id"),)

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), index=True)
    lead: Mapped[bool] = mapped_column(default=False)

    user: Mapped[User] = relationship(back_populates="memberships")
    team: Mapped[Team] = relationship(back_populates="memberships")


class OpenSession(Base):
    """A browser in which a person is signed in. Ending the session deletes it."""

    __tablename__ = "open_session"

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    device: Mapped[str] = mapped_column(String(64), default="")
    began_at: Mapped[datetime] = mapped_column(default=clock.now)
    seen_at: Mapped[datetime] = mapped_column(default=clock.now)
    proved: Mapped[bool] = mapped_column(default=False)
    """Whether a second factor was shown."""
    outer_id: Mapped[int | None] = mapped_column(
        ForeignKey("outer_session.id", ondelete="SET NULL"), index=True
    )
    """The session at the identity provider that this one began from."""


class OuterSession(Base):
    """A session at the identity provider, as its ID token named it, so that ours ends with it and it
    with ours. The token is sealed: `exchange.people.sso.partings`."""

    __tablename__ = "outer_session"

    id: Mapped[Id]
    subject: Mapped[Short] = mapped_column(index=True)
    sid: Mapped[Short] = mapped_column(default="", index=True)
    sealed_token: Mapped[bytes] = mapped_column(LargeBinary)
    began_at: Mapped[datetime] = mapped_column(default=clock.now)


class Totp(Base):
    """An authenticator application. `last_step` is the last one whose code was taken."""

    __tablename__ = "totp"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    secret: Mapped[Short]
    last_step: Mapped[int]


class Passkey(Base):
    """A key of a device; the texts are base64url. A credential's id has 1023 bytes at most."""

    __tablename__ = "passkey"

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    credential_id: Mapped[str] = mapped_column(String(1364), unique=True)
    public_key: Mapped[str] = mapped_column(String(4096))
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[Short]
    made_at: Mapped[datetime] = mapped_column(default=clock.now)
    used_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """Used once: then the row is gone."""

    __tablename__ = "recovery_code"

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))


class Door(enum.StrEnum):
    """Doors held by others: who stands there says who comes in."""

    OPENID = "openid"  # an identity provider
    PROXY = "proxy"  # the web server in front of us
    LDAP = "ldap"  # a directory


class Identity(Base):
    """Who a person is elsewhere. `issuer` and `subject` are the other side's own words, which it
    never gives to somebody else (OpenID Connect Core, section 2)."""

    __tablename__ = "identity"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    door: Mapped[Door] = mapped_column(choice(Door))
    issuer: Mapped[Short]
    subject: Mapped[Short]
    name: Mapped[Short]
    """How its owner recognises it in a list."""
    rpps: Mapped[str] = mapped_column(String(11), default="")
    linked_at: Mapped[datetime] = mapped_column(default=clock.now)
    used_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()


class Detour(Base):
    """A browser that was sent to another door and is expected back, once. What it takes along (a
    text typed before the session ended, say) is sealed with a key that only the browser has."""

    __tablename__ = "detour"

    id: Mapped[Id]
    state_hash: Mapped[str] = mapped_column(String(64), unique=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    ends_at: Mapped[datetime]


class Purpose(enum.StrEnum):
    """What following a mailed link does."""

    RESET = "reset"  # another password
    ADDRESS = "address"  # another address
    INVITATION = "invitation"  # opens an account
    REGISTRATION = "registration"  # asks for one


class Link(Base):
    """A link that was asked for; `exchange.people.links` says what its address holds. `user_id`
    is empty when nobody has the address that was typed."""

    __tablename__ = "mailed_link"

    id: Mapped[Id]
    purpose: Mapped[Purpose] = mapped_column(choice(Purpose))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    nonce: Mapped[str] = mapped_column(String(32))
    email: Mapped[Short] = mapped_column(default="")
    former: Mapped[Short] = mapped_column(default="")
    made_at: Mapped[datetime] = mapped_column(default=clock.now)
    ends_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    user: Mapped[User | None] = relationship()


class Throttle(Base):
    """Failed tries under one key (an account, an address, a browser); the wait for the next one
    runs from `since`."""

    __tablename__ = "throttle"

    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    since: Mapped[datetime]
    tries: Mapped[int]
