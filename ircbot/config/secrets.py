"""The configuration's secrets: from the environment, from files of their own, or from config.toml.

They are read when they are needed. No error or warning may contain a secret or a part of one.
"""

from __future__ import annotations

from pathlib import Path

from ircbot.config.keys import variable
from ircbot.config.reading import Config, Environment
from ircbot.ownership import is_read_by_others
from ircbot.tables import Keys, dotted
from ircbot.values import dataclass


@dataclass(frozen=True, slots=True)
class Secrets:
    """Finds secrets: in the environment, else in a file of their own, else in the configuration."""

    config: Config
    environment: Environment
    warnings: list[str]

    def get(self, place: Keys) -> str:
        """The secret at `place`, "" if there is none."""
        written: str | None = self.config.at(place)
        file_place = (*place[:-1], f"{place[-1]}_file")
        path: Path | None = self.config.at(file_place)
        if written is not None and path is not None:
            raise self.config.wrong(
                place, f"give `{dotted(place)}` or `{dotted(file_place)}`, not both."
            )
        if from_environment := self.environment.get(variable(place)):
            return self._one_line(place, f"${variable(place)}", from_environment)
        if path is not None:
            return self._from_file(file_place, path)
        if written is None:
            return ""
        if self.config.file is not None:
            self._warn_if_open(self.config.file.path)
        return self._one_line(place, f"`{dotted(place)}`", written)

    def _from_file(self, place: Keys, path: Path) -> str:
        try:
            secret = path.read_bytes().decode()
        except OSError as error:
            raise self.config.wrong(
                place, f"`{dotted(place)}`: {path} cannot be read: {error.strerror}."
            ) from error
        except UnicodeDecodeError:
            raise self.config.wrong(
                place, f"`{dotted(place)}`: {path} is not UTF-8; save it as UTF-8."
            ) from None
        self._warn_if_open(path)
        return self._one_line(place, str(path), secret)

    def _one_line(self, place: Keys, source: str, secret: str) -> str:
        try:
            return one_line(secret)
        except ValueError:
            raise self.config.wrong(
                place, f"{source} must hold the secret in one line, and does not."
            ) from None

    def _warn_if_open(self, path: Path) -> None:
        if is_read_by_others(path):
            warning = f"{path} holds a secret and everybody can read it; chmod o-r {path}"
            if warning not in self.warnings:
                self.warnings.append(warning)


def one_line(text: str) -> str:
    """A secret without its line end. Raises ValueError if it is empty or has several lines: a line
    break would end an IRC command and begin another."""
    secret = text.removesuffix("\n").removesuffix("\r")
    if not secret or any(character in secret for character in "\r\n\0"):
        raise ValueError
    return secret
