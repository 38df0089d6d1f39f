"""Data that ships with invigil: JSON Schemas, the requirement catalogue and the platform profiles."""
