"""What is read at first sight is for everybody: the trade's words stay folded away."""

import re

import pytest
from playwright.sync_api import Page

from tests.support.browser import tab

pytestmark = pytest.mark.browser
JARGON = re.compile(
    r"\b(fine-?tun\w*|loss(es)?|gans?|sha-?256|checkpoints?|decoder|epochs?|hyperparam\w*|mcp|seeds?|logits?|tensor\w*|"
    r"hugging ?face|hub)\b",
    re.IGNORECASE,
)
SEEN = """() => [...document.querySelectorAll('.gradio-container > *, .gradio-container main')]
  .filter((part) => !part.matches('footer')).map((part) => {
    const footer = part.querySelector('footer');
    return footer ? part.innerText.replace(footer.innerText, '') : part.innerText;
  }).join('\\n')"""


def test_no_word_of_the_trade_is_seen_at_first_sight(page: Page):
    for name in ("Stylize", "Teach a style", "Gallery", "About"):
        tab(page, name)
        page.wait_for_timeout(300)
        seen = page.evaluate(SEEN)
        assert name in seen and len(seen) > 200
        found = JARGON.search(seen)
        assert not found, f"{name}: {found[0]} in {seen[max(0, found.start() - 60) : found.end() + 60]!r}"
    assert JARGON.search("A GAN has a loss."), "else nothing could be found"
