"""The way out for links, as this installation is configured."""

from app.config import Config
from workflows.runtime.outbound import Outbound


def way_out(config: Config) -> Outbound:
    return Outbound(
        allowed_private=config.outbound_private, proxy=config.outbound_proxy, places=config.outbound_places
    )
