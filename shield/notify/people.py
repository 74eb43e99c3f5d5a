"""Who there is to be told, read once for a batch of events; the policy answers who may what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from shield.accounts.models import User
from shield.accounts.policy import ACTS, EVERYWHERE, Where, may, unit_of
from shield.notify.choices import Attention
from shield.notify.models import Attending, Preference


@dataclass(frozen=True, slots=True)
class Place:
    """What the policy is asked about: a business unit (None: the organisation) and a tier."""

    unit_id: int | None
    governed_tier: str = ""

    @property
    def asked(self) -> Place | Where:
        """As `may` takes it."""
        return EVERYWHERE if self.unit_id is None else self


def place_of(thing: object, unit: int | None) -> Place:
    """Where a governed row belongs; without one, the unit that the event names."""
    if thing is None:
        return Place(unit)
    return Place(unit_of(thing), getattr(thing, "governed_tier", ""))


@dataclass
class People:
    """Active people with their grants, preferences and what they follow: four queries in all."""

    users: list[User]
    preferences: dict[int, Preference]
    attending: dict[tuple[str, str], dict[int, str]]
    _by_name: dict[str, User] = field(default_factory=dict)
    _holding: dict[tuple[str, Place], list[User]] = field(default_factory=dict)
    _seeing: dict[tuple[int, str, Place], bool] = field(default_factory=dict)

    def holding(self, act: str, where: Place) -> list[User]:
        """Who may do `act` there, by a grant: a superuser without one is an operator, not an officer."""
        key = (act, where)
        if key not in self._holding:
            self._holding[key] = [
                user for user in self.users if _granted(user, act) and may(user, act, where.asked)
            ]
        return self._holding[key]

    def sees(self, user: User, act: str, where: Place) -> bool:
        """Whether somebody may see what belongs there; of the organisation, whoever may anywhere."""
        key = (user.pk, act, where)
        if key not in self._seeing:
            self._seeing[key] = may(user, act, None if where.unit_id is None else where)
        return self._seeing[key]

    def named(self, name: object) -> list[User]:
        """The one with this user name or e-mail address, or nobody."""
        user = self._by_name.get(str(name or "").strip().lower())
        return [user] if user else []

    @cached_property
    def by_key(self) -> dict[int, User]:
        """Everybody by key."""
        return {user.pk: user for user in self.users}

    def keyed(self, pk: int | None) -> list[User]:
        """The one with this key, or nobody."""
        return [self.by_key[pk]] if pk is not None and pk in self.by_key else []

    def following(self, keys: Iterable[tuple[str, str]]) -> list[User]:
        """Who follows one of these objects."""
        return self._who(keys, Attention.FOLLOW)

    def muting(self, keys: Iterable[tuple[str, str]]) -> set[int]:
        """Who does not want to hear of one of these objects."""
        return {user.pk for user in self._who(keys, Attention.MUTE)}

    def _who(self, keys: Iterable[tuple[str, str]], wanted: str) -> list[User]:
        found = {
            pk for key in keys for pk, said in self.attending.get(key, {}).items() if said == wanted
        }
        return [user for user in self.users if user.pk in found] if found else []


def people(objects: Iterable[tuple[str, str]] = ()) -> People:
    """Everybody with an active account, and who follows or mutes these objects."""
    users = list(User.objects.filter(is_active=True).prefetch_related("grants__unit"))
    names: dict[str, User] = {}
    for user in users:
        user.__dict__["grant_list"] = list(user.grants.all())
        names.setdefault(user.email.lower(), user)
    names |= {user.get_username().lower(): user for user in users}
    names.pop("", None)
    rows = Attending.objects.filter(object_id__in={object_id for _, object_id in objects})
    attending: dict[tuple[str, str], dict[int, str]] = defaultdict(dict)
    for row in rows:
        attending[(row.object_type, row.object_id)][row.user_id] = row.attention
    preferences = {row.user_id: row for row in Preference.objects.filter(user__is_active=True)}
    return People(users, preferences, dict(attending), names)


def _granted(user: User, act: str) -> bool:
    return any(act in ACTS.get(grant.role, frozenset()) for grant in user.grant_list)
