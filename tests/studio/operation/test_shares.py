"""Nobody takes the machine from the others."""

import pytest

from studio.operation import shares
from studio.operation.shares import Shares


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_visitor_gets_a_share_and_more_as_time_goes_by():
    clock = Clock()
    fair = Shares({"sheet": (3, 600)}, clock)
    me, other = [("me", 1)], [("other", 1)]
    assert [fair.ask("sheet", me) for _ in range(3)] == [0, 0, 0]
    assert fair.ask("sheet", me) == pytest.approx(200) and not fair.ask("sheet", other)
    clock.now = 150
    assert fair.ask("sheet", me) == pytest.approx(50), "a refusal costs nothing"
    clock.now = 201
    assert not fair.ask("sheet", me) and fair.ask("sheet", me) == pytest.approx(199)


def test_whoever_changes_cookies_is_known_by_the_address():
    fair = Shares({"sheet": (3, 600)}, Clock())
    got = [fair.ask("sheet", [(f"cookie {i}", 1), ("address", 10)]) == 0 for i in range(100)]
    assert sum(got) == 30


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shares, "REMEMBERED", 50)
    fair = Shares({"sheet": (3, 600)}, Clock())
    for i in range(200):
        fair.ask("sheet", [(f"cookie {i}", 1)])
    assert len(fair._used_up) == 50
