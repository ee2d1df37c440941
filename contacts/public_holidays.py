"""The public holidays of Germany, from the library `holidays`.

Its package of countries loads all 250 of them, 7 MB in each worker: an empty one stands for it.
"""

import sys
from importlib.util import find_spec
from types import ModuleType

_folders = find_spec("holidays").submodule_search_locations
_countries = ModuleType("holidays.countries")
_countries.__path__ = [f"{folder}/countries" for folder in _folders]
sys.modules.setdefault("holidays.countries", _countries)

from holidays.countries.germany import Germany  # noqa: E402

__all__ = ["Germany"]
