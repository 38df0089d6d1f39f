"""The suite that judges an authoring tool that publishes by PENS."""
