"""Which accounts belong to one person: four eyes must be two people, not two accounts."""

from collections.abc import Collection

from portal.models import User


def identity_of(user: User) -> str:
    """The same text for two accounts of one person, other texts for other people.

    The id of the Okta user, also when only another account with the same mailbox is tied to one;
    else the mailbox; else `user:` and the account's code.
    """
    mailbox = mailbox_of(user.email)
    if not mailbox:
        return user.okta_id or f"user:{user.code}"
    known = {user.okta_id, *_okta_ids(mailbox)} - {None}
    return min((str(one) for one in known), default=mailbox)


def names_of(user: User) -> frozenset[str]:
    """Every text that `identity_of` gives for an account of this person, or gave before another
    account of theirs came: whoever wrote a rule with a local account is the same after they first
    signed in with Okta."""
    mailbox = mailbox_of(user.email)
    mine = {user.okta_id or "", f"user:{user.code}", mailbox}
    if mailbox:
        mine |= {
            name for one in _of_mailbox(mailbox) for name in (one.okta_id or "", f"user:{one.code}")
        }
    return frozenset(mine - {""})


def identity_among(user: User, parties: Collection[str]) -> str:
    """Which of these people the account belongs to, or who else it is."""
    return min(names_of(user).intersection(parties), default=identity_of(user))


def mailbox_of(address: str) -> str:
    """`Maya+Admin@Acme.example` and `maya@acme.example` reach the same person."""
    name, at, host = address.strip().lower().rpartition("@")
    name = name.partition("+")[0]
    return f"{name}@{host}" if at and name and host else ""


def _okta_ids(mailbox: str) -> list[str | None]:
    return [one.okta_id for one in _of_mailbox(mailbox)]


def _of_mailbox(mailbox: str) -> list[User]:
    name, _, host = mailbox.partition("@")
    alike = User.objects.filter(email__istartswith=name, email__iendswith=f"@{host}")
    found = alike.only("okta_id", "email", "code")
    return [one for one in found if mailbox_of(one.email) == mailbox]
