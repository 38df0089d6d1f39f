"""Protocol knowledge without I/O: parse, build, sign, verify."""
