"""What happens when a border closes?

A person writes a *scenario*: a border, its crossing points, the roads to them, who wants to cross, and the closure orders
(`Scenario`). It is made ready once (`Model`), run over many seeds (`run`, `run_many`), and says who arrives where and when,
how long they wait, where they go when a crossing shuts, who gives up, and who is left with no way across, each with its
band. `compare` follows the same people with and without the closures; `access` says how far it is to the nearest open crossing;
`write_report` puts it all on one page. Travellers are synthetic; no verdict comes without its interval.
"""

import importlib
import sys

import lazy_loader

__version__ = "0.1.0"

# Public names are listed once, in __init__.pyi, and found when first used (PEP 562, SPEC 1): `import crossings` loads no numpy.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

if "IPython" in sys.modules:  # a notebook: results draw themselves
    importlib.import_module("crossings.charts.notebook").register()
