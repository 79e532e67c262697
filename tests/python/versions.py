"""Exits with 1 unless the installed packages are those of requirements.txt."""
import pathlib
import sys
from importlib.metadata import PackageNotFoundError, version

for line in pathlib.Path(__file__).with_name("requirements.txt").read_text().split():
    name, wanted = line.split("==")
    name = name.split("[")[0]
    try:
        if version(name) != wanted:
            sys.exit(1)
    except PackageNotFoundError:
        sys.exit(1)
