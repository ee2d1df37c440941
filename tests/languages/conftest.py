import pytest

from tests.factories import make_area, make_languages


@pytest.fixture
def languages(db, settings, tmp_path):
    """All languages, and a folder of its own for what an import writes there."""
    settings.DATA_DIR = tmp_path / "data"
    make_languages()


@pytest.fixture
def area(languages):
    return make_area(title_de="Sprache", task_de="Helfen.\nUnd [[Name]] fragen.")
