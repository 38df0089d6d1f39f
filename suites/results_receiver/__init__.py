"""The suite of results-receiver: an endpoint that receives registration postbacks."""
