"""The LMS: the side of an integration that asks a cloud server for results and is told of them."""
