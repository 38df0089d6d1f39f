"""Sockets and time: the only place in the harness that touches either."""
