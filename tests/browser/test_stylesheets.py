"""What is sent of a stylesheet means the same as what was written."""

from pathlib import Path

import pytest
from django.conf import settings

from wirportal.stylesheets import squeeze

FILES = sorted(Path(settings.BASE_DIR, "static", "css").glob("*.css"))
RULES = """css => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  return [...sheet.cssRules].map(rule => rule.cssText);
}"""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_browser_reads_the_same_rules(page, path):
    css = path.read_text()
    rules = page.evaluate(RULES, css)
    assert len(rules) > 1
    assert page.evaluate(RULES, squeeze(css)) == rules
    assert len(squeeze(css)) < len(css)


def test_texts_and_licences_stay_as_they_are():
    css = '/*! Licence */ a::after { content: "; /* {  } */ : " } /* gone: "x" */'
    assert squeeze(css) == '/*! Licence */ a::after{content:"; /* {  } */ : "}'
