"""Runs the fast tests with the oldest and newest packages that `pyproject.toml` admits.

Each row of the matrix is a virtual environment in a folder that is gone afterwards. An interpreter
is found on the PATH, among those of pyenv, or is fetched by uv where that is installed; a row whose
interpreter cannot be had says so. torch comes from the usual place of pip: on Linux that is a build
of several gigabytes for CUDA, unless `--index` names another place.

Results are kept in `docs/matrix.json`, and the table in `docs/platforms.md` is written from them.
"""
