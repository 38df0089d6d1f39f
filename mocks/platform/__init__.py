"""The mock LTI platform: registrations, deployments, OIDC login, tokens, key set, notice handlers, course copies."""
