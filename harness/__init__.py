"""The conformance harness: protocol knowledge, network edge, evidence, judging, proof, reports and the command line."""
