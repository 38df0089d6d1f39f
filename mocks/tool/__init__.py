"""The tool: the side of LTI 1.3 that is launched by platforms and told by them what happens to courses."""
