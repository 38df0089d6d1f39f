"""The suite that judges a system that receives PENS collects."""
