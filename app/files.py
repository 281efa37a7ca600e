"""Where the files that people hand in are kept, and who scans them, by the configuration."""

from app.config import Config
from workflows.files.receiving import Files
from workflows.files.s3 import BucketStore
from workflows.files.stores import FolderStore


def files_of(config: Config) -> Files:
    """A bucket where one is named, else the folder `files` of KYOSO_HOME; asked for nothing yet."""
    store = BucketStore(config.bucket) if config.bucket else FolderStore(config.home / "files")
    return Files(store, config.scanner)
