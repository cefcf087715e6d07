# mypy: ignore-errors
"""Limnoria's plugin: write down the text of TL: lines."""

from . import config, plugin

Class = plugin.Class
configure = config.configure
