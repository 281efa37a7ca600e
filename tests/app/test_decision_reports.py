"""The report of a decision: page, PDF and JSON say the same, and each reader is shown what they may see of it."""

import re
import subprocess
from typing import Any

