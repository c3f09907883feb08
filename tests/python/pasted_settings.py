"""Reads the settings that the console gives for programs that are no packages of Python or Node: `pasted_settings.py <file>`; YAML or TOML by its name."""

import json
import sys
import tomllib
from pathlib import Path

import yaml

file = Path(sys.argv[1])
print(json.dumps(yaml.safe_load(file.read_text()) if file.suffix == ".yaml" else tomllib.loads(file.read_text())))
