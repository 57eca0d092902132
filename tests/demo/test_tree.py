"""Trees are spoken in the right order, numbered, and spelled as English is."""

from demo.tree import Mention, Node, finish


def forms(words):
    return [word.form for word in words]


def test_dependents_are_spoken_before_and_after_their_head():
    noun = Node("bank", "NOUN").put_before("det", Node("the", "DET")).put_before("amod", Node("old", "ADJ"))
    verb = Node("fell", "VERB").put_first("nsubj", noun)
    words = finish(verb)
    assert forms(words) == ["The", "old", "bank", "fell", "."]
    assert [word.head for word in words] == [3, 3, 4, 0, 4]
    assert [word.relation for word in words] == ["det", "amod", "nsubj", "root", "punct"]


def test_late_dependents_wait_for_the_end_of_the_clause():
    relative = Node("sang", "VERB", opens_clause=True).put_first("nsubj", Node("who", "PRON"))
    subject = Node("somebody", "PRON").put_late("acl:relcl", relative)
    verb = Node("arrived", "VERB", opens_clause=True).put_first("nsubj", subject)
    verb.put_after("advmod", Node("yesterday", "ADV"))
    words = finish(verb)
    assert forms(words) == ["Somebody", "arrived", "yesterday", "who", "sang", "."]
    assert words[4].head == 1


def test_commas_do_not_pile_up_and_articles_fit():
    noun = Node("ape", "NOUN").put_before("det", Node("a", "DET")).put_after("punct", Node(",", "PUNCT"))
    assert forms(finish(noun)) == ["An", "ape", "."]


def test_mentions_are_kept():
    mention = Mention("PER")
    assert finish(Node("Anna", "PROPN", mention=mention))[0].mention is mention
