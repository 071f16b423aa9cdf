"""The table of actions and its look-ups."""

import pytest

from provisioning.actions import registry


def test_an_action_is_found_by_its_name() -> None:
    assert registry.get("email.send").title == "Send an e-mail"


def test_a_misspelt_name_gets_near_names() -> None:
    with pytest.raises(registry.UnknownAction) as caught:
        registry.get("aws.s3.create_foldr")
    assert str(caught.value) == (
        "There is no action 'aws.s3.create_foldr'; did you mean aws.s3.create_folder or "
        "aws.s3.delete_folder?"
    )


def test_a_foreign_name_gets_all_names() -> None:
    with pytest.raises(registry.UnknownAction, match=r"known are aws\.lambda\.invoke, aws\.s3"):
        registry.get("zzz")


def test_choices_are_names_with_titles() -> None:
    assert ("slack.post_message", "Post a Slack message") in registry.action_choices()
    assert len(registry.action_choices()) == len(registry.ACTIONS)
