"""Which accounts belong to one person: four eyes must be two people, not two accounts."""

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


def mailbox_of(address: str) -> str:
    """`Maya+Admin@Acme.example` and `maya@acme.example` reach the same person."""
    name, at, host = address.strip().lower().rpartition("@")
    name = name.partition("+")[0]
    return f"{name}@{host}" if at and name and host else ""


def _okta_ids(mailbox: str) -> list[str | None]:
    name, _, host = mailbox.partition("@")
    alike = User.objects.filter(
        okta_id__isnull=False, email__istartswith=name, email__iendswith=f"@{host}"
    )
    found = alike.values_list("okta_id", "email")
    return [okta_id for okta_id, email in found if mailbox_of(email) == mailbox]
