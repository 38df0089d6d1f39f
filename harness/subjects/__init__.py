"""One driver per subject: how to reach it, move it, watch it and clean up after it."""
