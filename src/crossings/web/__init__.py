"""The page: the planner's working surface in a browser, and the JSON API that it uses. It works without the internet."""

from crossings.web.registry import ScenarioRegistry
from crossings.web.server import application, listen, serve

__all__ = ["ScenarioRegistry", "application", "listen", "serve"]
