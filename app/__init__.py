"""Flask: pages, JSON API, command line, security, configuration and the database engine."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime

from flask import Flask


def create_app(environ: Mapping[str, str] | None = None) -> Flask:
    """The web application, configured by the environment. Raises ConfigError with everything that is wrong at once.

    A database that is missing or of another release does not stop it: every page then says so (503), and goes on working
    once that is mended.
    """
    # Imported here, so that the command line does not wait for the web.
    from app import breached, errors, fingerprints, hooks, hosts, languages, log_lines, rate_limits, security
    from app.config import read_config
    from app.db import create_engine
    from app.files import files_of
    from app.pages import navigation, register_all, showing
    from app.published import take_published
    from app.route import House, house, register_routes
    from app.schema import require_current

    config = read_config(os.environ if environ is None else environ)
    log_lines.set_up(config.is_production)
    take_published(config.home)
    breached.look_in(config.breached_passwords)
    app = Flask("app", static_folder=None)
    app.extensions["kyoso"] = House(
        config, create_engine(config), lambda: datetime.now(UTC), files=files_of(config)
    )

    hosts.set_up(app)

    @app.before_request
    def require_the_schema() -> None:
        here = house()
        if not here.schema_is_current and not fingerprints.is_asked_for():
            require_current(here.engine)
            here.schema_is_current = True

    languages.set_up(app)
    security.set_up(app)
    rate_limits.set_up(app)
    errors.set_up(app)
    hooks.set_up(app)
    showing.set_up(app)
    navigation.set_up(app)
    register_all()
    register_routes(app)
    return app
