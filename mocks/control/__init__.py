"""The control API of every mock: clock, faults, triggers, state, journal and events over HTTP."""
