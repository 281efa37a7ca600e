"""The GitHub client as this installation is configured."""

from sqlalchemy import Engine

from app.config import Config
from workflows.github.client import Client
from workflows.github.credentials import App, Token
from workflows.github.limits import SharedLimits


def github_client(config: Config, engine: Engine) -> Client | None:
    """A client that shares its limits with every process over the same database; None where GitHub is not asked."""
    if not config.github_url:
        return None
    credentials = (
        App(config.github_app_id, config.github_app_key)
        if config.github_app_id
        else Token(config.github_token)
    )
    return Client(config.github_url, credentials, SharedLimits(engine, config.github_url))
