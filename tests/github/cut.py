"""Cuts the operations that the publisher uses out of GitHub's description of its own API.

    npm pack @octokit/openapi && tar xzf octokit-openapi-*.tgz
    python tests/github/cut.py package/generated/api.github.com.json > tests/github/api.json

What a schema demands is kept to the letter; descriptions and examples go.
"""

from __future__ import annotations

import json
import re
import sys
from typing import Any

ISSUES = "/repos/{owner}/{repo}/issues"
OPERATIONS = {
    "/user": ("get",),
    "/repos/{owner}/{repo}": ("get",),
    ISSUES: ("get", "post"),
    ISSUES + "/{issue_number}": ("get", "patch"),
    ISSUES + "/{issue_number}/comments": ("get", "post"),
    ISSUES + "/comments/{comment_id}": ("patch", "delete"),
}
SAID = ("description", "summary", "example", "examples", "externalDocs", "tags", "headers")


def bare(node: Any, names: bool = False) -> Any:
    """Without what is only for readers; `names`: the keys here are names that somebody gave."""
    if isinstance(node, list):
        return [bare(one) for one in node]
    if not isinstance(node, dict):
        return node
    return {
        key: bare(value, key in ("properties", "schemas", "parameters", "responses"))
        for key, value in node.items()
        if names or not (key in SAID or key.startswith("x-"))
    }


def main() -> None:
    """Print the cut-out."""
    with open(sys.argv[1]) as file:
        whole = json.load(file)
    paths = {
        path: {method: whole["paths"][path][method] for method in methods}
        for path, methods in OPERATIONS.items()
    }
    cut = {"openapi": whole["openapi"], "info": whole["info"], "paths": bare(paths)}
    components: dict[str, dict[str, Any]] = {}
    todo = [cut["paths"]]
    while todo:
        for kind, name in re.findall(r'"#/components/(\w+)/([^"]+)"', json.dumps(todo.pop())):
            if name not in components.setdefault(kind, {}):
                components[kind][name] = bare(whole["components"][kind][name])
                todo.append(components[kind][name])
    cut["components"] = {kind: dict(sorted(found.items())) for kind, found in components.items()}
    json.dump(cut, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
