"""The mock authoring tool: a PENS client with its staging server and receipt receiver."""
