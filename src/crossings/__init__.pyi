"""The public names: the one list, for type checkers, editors and `crossings.__getattr__` alike."""

from .calibration.draws import Draws as Draws
from .calibration.evidence import compare_hypotheses as compare_hypotheses
from .calibration.fit import fit as fit
from .calibration.forecast import forecast as forecast
from .calibration.posterior import Fit as Fit
from .calibration.problem import Problem as Problem
from .calibration.score import score as score
from .claims import examine as examine
from .errors import CrossingsError as CrossingsError
from .errors import Fault as Fault
from .errors import InputError as InputError
from .measures.access import Access as Access
from .measures.access import access_at as access_at
from .model import Model as Model
from .observations.counts import Observations as Observations
from .observations.matching import beside as beside
from .report import write_report as write_report
from .scenario import Scenario as Scenario
from .scenario import check as check
from .scenario import examples as examples
from .scenario import read_closures as read_closures
from .simulation.cluster import on_cluster as on_cluster
from .simulation.comparison import Comparison as Comparison
from .simulation.comparison import compare as compare
from .simulation.ensemble import Results as Results
from .simulation.ensemble import run as run
from .simulation.ensemble import run_many as run_many
from .simulation.expected import Expected as Expected
from .simulation.expected import expect as expect
from .simulation.run_to_store import run_to as run_to
from .simulation.trajectories import story as story
from .store.query import Store as Store
from .store.query import ask as ask
from .store.results import Runs as Runs

__version__: str
__all__ = [
    "Access",
    "Comparison",
    "CrossingsError",
    "Draws",
    "Expected",
    "Fault",
    "Fit",
    "InputError",
    "Model",
    "Observations",
    "Problem",
    "Results",
    "Runs",
    "Scenario",
    "Store",
    "access_at",
    "ask",
    "beside",
    "check",
    "compare",
    "compare_hypotheses",
    "examine",
    "examples",
    "expect",
    "fit",
    "forecast",
    "on_cluster",
    "read_closures",
    "run",
    "run_many",
    "run_to",
    "score",
    "story",
    "write_report",
]
