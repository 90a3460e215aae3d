"""The page: the planner's working surface in a browser, and the JSON API that it uses. It works without the internet."""

from crossings.web.serving import application, listen, serve
from crossings.web.shelf import Shelf

__all__ = ["Shelf", "application", "listen", "serve"]
