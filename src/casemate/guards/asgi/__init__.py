"""Guards in front of a web application: `Guarding`, plain ASGI, for any framework."""

from casemate.guards.asgi.middleware import Guarding

__all__ = ["Guarding"]
