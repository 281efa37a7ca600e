"""Flask: pages, JSON API, command line, security, configuration and the database engine."""
