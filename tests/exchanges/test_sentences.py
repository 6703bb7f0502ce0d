"""A sentence that knows its pattern and its values is kept as JSON, and said in another language later."""

import copy
import json
from typing import Any

import pytest

from exchanges.sentences import Sentence, retold


def louder(text: str) -> str:
    return text.upper().replace("{NAME}", "{name}").replace("{WHAT}", "{what}")


def kept(sentence: Sentence) -> Any:
    return json.loads(json.dumps(sentence.as_json()))


def test_it_reads_as_its_english() -> None:
    sentence = Sentence("{name} refused {what}.", name="KuCoin", what="this key", beside="nobody")

    assert sentence == "KuCoin refused this key."
    assert kept(sentence) == ["{name} refused {what}.", {"name": "KuCoin", "what": "this key"}]


def test_it_is_said_in_another_language_with_the_same_values() -> None:
    sentence = Sentence("{name} refused {what}.", name="KuCoin", what=Sentence("a key of {name}", name="yours"))

    assert retold(kept(sentence), louder, instead="") == "KuCoin REFUSED A KEY OF yours."


def test_a_value_with_braces_is_no_place() -> None:
    sentence = Sentence("It is {name}.", name="{what}")

    assert (sentence, retold(kept(sentence), str, instead="")) == ("It is {what}.", "It is {what}.")


@pytest.mark.parametrize("said", [None, 7, "ab", [], ["{name}"], ["{name}", {}], ["{name", {}], ["{0}", {}]])
def test_what_cannot_be_read_is_said_as_it_was_written(said: object) -> None:
    assert retold(said, str, instead="As it was.") == "As it was."


def test_a_copy_still_knows_its_pattern() -> None:
    sentence = Sentence("It is {name}.", name="{what}")

    assert copy.deepcopy([sentence])[0] is sentence
