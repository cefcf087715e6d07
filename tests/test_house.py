"""Where things belong: what each part of the house may import and touch."""

import ast
import configparser
import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import ircbot

TOP = Path(__file__).parent.parent
PACKAGE = TOP / "ircbot"
MODULES = sorted(PACKAGE.rglob("*.py"))
CORE = sorted((PACKAGE / "incident").rglob("*.py"))

# What the core may import from outside itself: types and arithmetic, nothing that reaches out.
CORE_MAY_IMPORT = {
    "__future__",
    "collections",
    "dataclasses",
    "datetime",
    "difflib",
    "enum",
    "fnmatch",
    "functools",
    "hashlib",
    "itertools",
    "math",
    "operator",
    "pyrsistent",
    "re",
    "string",
    "types",
    "typing",
    "unicodedata",
}
# Built in, and reaching out all the same.
CORE_MUST_NOT_CALL = {
    "__import__",
    "breakpoint",
    "compile",
    "eval",
    "exec",
    "globals",
    "input",
    "open",
    "print",
}
# The clock, however it is come by.
CLOCKS = {
    "date.today",
    "datetime.now",
    "datetime.today",
    "datetime.utcnow",
    "datetime.fromtimestamp",
}
# The one home of each library.
HOMES = {
    "irc": "network",
    "scramp": "network",
    "tinydb": "store",
    "psycopg": "store",
    "jinja2": "report",
    "markupsafe": "report",
    "click": "cli",
    "aiohttp": "page",
}
# What each part must not know.
STRANGERS = {
    "incident": {
        *("cli", "config", "logs", "network", "processes", "publish", "report", "search", "store"),
    },
    "logs": {"cli", "config", "network", "processes", "publish", "report", "store"},
    "network": {"cli", "config", "logs", "processes", "publish", "report", "store"},
    "cluster": {
        *("cli", "config", "logs", "network", "page", "processes", "publish", "report", "store"),
    },
    "page": {"cli", "logs", "network", "publish"},
    "processes": {"cli", "config", "logs", "network", "publish", "report", "store"},
    "report": {"cli", "config", "logs", "network", "publish", "store"},
    "search": {"cli", "config", "logs", "network", "processes", "publish", "report", "stats"},
    "stats": {"cli", "config", "logs", "network", "processes", "publish", "search", "store"},
    "store": {"cli", "config", "logs", "network", "processes", "publish", "report", "search"},
    "config": {"cli", "logs", "publish", "store"},
}


def name_of(path):
    return str(path.relative_to(TOP))


def imports(path):
    """Every module that a file imports, with its line; also those inside functions."""
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        match node:
            case ast.Import():
                for alias in node.names:
                    yield alias.name, node.lineno
            case ast.ImportFrom():
                assert node.level == 0, f"{path}:{node.lineno}: a relative import"
                yield str(node.module), node.lineno
                if node.module == "ircbot":
                    for alias in node.names:
                        yield f"ircbot.{alias.name}", node.lineno


def reaching_out(path):
    """Every place where a file uses a clock, a disk or a terminal without importing one."""
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in CORE_MUST_NOT_CALL:
                yield name, node.lineno
            case ast.Attribute(attr=name) if f"{ast.unparse(node.value)}.{name}" in CLOCKS:
                yield name, node.lineno
            case ast.Global():
                yield "global", node.lineno


@pytest.mark.parametrize("path", CORE, ids=name_of)
def test_the_core_imports_nothing_that_reaches_out(path):
    wrong = [
        f"line {line}: {name}"
        for name, line in imports(path)
        if name.split(".")[0] not in CORE_MAY_IMPORT
        and not name.startswith("ircbot.incident")
        and name not in ("ircbot", "ircbot.__version__", "ircbot.values")  # as dataclasses
    ]
    assert wrong == []


@pytest.mark.parametrize("path", CORE, ids=name_of)
def test_the_core_has_no_clock_no_disk_and_no_state_of_its_own(path):
    assert [f"line {line}: {name}" for name, line in reaching_out(path)] == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_each_library_has_one_home(path):
    wrong = [
        f"line {line}: {name}"
        for name, line in imports(path)
        if (home := HOMES.get(name.split(".")[0])) and PACKAGE / home not in path.parents
    ]
    assert wrong == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_each_part_keeps_to_those_it_may_know(path):
    part = path.relative_to(PACKAGE).parts[0]
    strangers = STRANGERS.get(part, {"cli"} if part not in ("cli", "__main__.py") else set())
    wrong = [
        f"line {line}: {name}"
        for name, line in imports(path)
        if name.startswith("ircbot.") and name.split(".")[1] in strangers
    ]
    assert wrong == []


def module_of(path, top=TOP):
    """The dotted name by which a file is imported."""
    return ".".join(path.relative_to(top).with_suffix("").parts).removesuffix(".__init__")


def imported_by(paths, top=TOP):
    """Which of these modules each one imports: anywhere in it, also for mypy alone."""
    modules = {module_of(path, top): path for path in paths}
    return {
        module: {
            name
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            for name in _modules_of(node, modules)
            if name != module
        }
        for module, path in modules.items()
    }


def part_of(module):
    """The folder or the module of ircbot/ in which it is."""
    return ".".join(module.split(".")[:2])


def _modules_of(node, modules):
    """The modules of ours that an import names: `from a import b` names a.b if that is one."""
    match node:
        case ast.Import():
            named = [alias.name for alias in node.names]
        case ast.ImportFrom():
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            named = [one if one in modules else node.module for one in inner]
        case _:
            named = []
    return [name for name in named if name in modules]


def test_no_module_and_no_part_imports_in_a_circle(tmp_path):
    modules = imported_by(MODULES)
    tuple(TopologicalSorter(modules).static_order())
    parts = {part_of(module): set() for module in modules}
    for module, imported in modules.items():
        parts[part_of(module)] |= {part_of(one) for one in imported} - {part_of(module)}
    tuple(TopologicalSorter(parts).static_order())
    (tmp_path / "one.py").write_text("import two")
    (tmp_path / "two.py").write_text("def f():\n    from one import g\n")
    with pytest.raises(CycleError):
        tuple(TopologicalSorter(imported_by(tmp_path.glob("*.py"), tmp_path)).static_order())


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_each_module_says_what_it_is(path):
    docstring = ast.get_docstring(ast.parse(path.read_text()))
    assert docstring, "the first line of a module says what it is"
    assert len(docstring.splitlines()[0]) <= 100


def types_of(text):
    """The names of a module's classes and type aliases, without the underscore of private ones."""
    for node in ast.parse(text).body:
        match node:
            case ast.ClassDef(name=name):
                yield name.lstrip("_")
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if re.fullmatch(
                r"_*[A-Z]\w*[a-z]\w*", name
            ) and "TypeVar" not in ast.unparse(value):
                yield name.lstrip("_")


def test_each_class_and_each_type_alias_has_a_name_of_its_own():
    homes = {}
    for path in MODULES:
        for name in types_of(path.read_text(encoding="utf-8")):
            homes.setdefault(name, []).append(name_of(path))
    assert len(homes) > 600
    assert {name: paths for name, paths in homes.items() if len(paths) > 1} == {}
    aliases = "_Row = dict[str, str]\n_T = TypeVar('_T')\nLONG = 5\nclass Row: pass\n"
    assert list(types_of(aliases)) == ["Row", "Row"]


# Private names that are a library's: a named tuple's, the system's, the irc library's.
LIBRARY_PRIVATE = {"_exit", "_process_line", "_replace"}


def private_names_of_others(text):
    """The private names that a module takes from another: imported, or of a value that is not its
    own.
    """
    tree = ast.parse(text)
    defined = {
        getattr(node, "name", None) or getattr(node, "attr", None) or getattr(node, "id", None)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        or (isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Store))
    }
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(names=names):
                taken = [alias.name for alias in names]
            case ast.Attribute(value=ast.Name(id="self" | "cls")):
                taken = []
            case ast.Attribute(value=ast.Call(func=ast.Name(id="super"))):
                taken = []
            case ast.Attribute(attr=name):
                taken = [name] if name not in defined else []
            case _:
                taken = []
        yield from (name for name in taken if re.match(r"_[^_]", name))


def test_no_module_takes_what_is_private_to_another():
    taken = {
        name_of(path): found
        for path in MODULES
        if (found := {*private_names_of_others(path.read_text(encoding="utf-8"))} - LIBRARY_PRIVATE)
    }
    assert taken == {}
    wrong = "from a import _b\nclass C:\n    def f(self, c):\n        self._d = c._d + c._e\n"
    assert list(private_names_of_others(wrong)) == ["_b", "_e"]


def test_the_checks_above_see_what_they_look_for(tmp_path):
    path = tmp_path / "impure.py"
    path.write_text(
        "import os.path\nfrom datetime import datetime\nfrom ircbot import cli\n"
        "def f():\n    from random import choice\n    global x\n"
        "    open('x')\n    return datetime.now()\n"
    )
    assert [name for name, _ in imports(path)] == [
        "os.path",
        "datetime",
        "ircbot",
        "ircbot.cli",
        "random",
    ]
    assert {name for name, _ in reaching_out(path)} == {"open", "now", "global"}


def test_every_folder_of_the_package_is_installed():
    setup = configparser.ConfigParser()
    setup.read(TOP / "setup.cfg")
    listed = set(setup["options"]["packages"].split())
    found = {str(path.parent.relative_to(TOP)).replace("/", ".") for path in PACKAGE.rglob("*.py")}
    assert listed == found | {"ircbot.templates"}


def test_the_newest_version_of_the_changelog_is_this_one():
    heads = re.findall(r"(?m)^## (\S+)", (TOP / "CHANGELOG.md").read_text())
    assert heads[0] == ircbot.__version__


def test_no_test_mocks_or_sleeps():
    wrong = [
        f"{name_of(path)}:{number}"
        for path in (TOP / "tests").rglob("*.py")
        if path != Path(__file__)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"unittest\.mock|MagicMock|monkeypatch\.setattr|\btime\.sleep\(", line)
    ]
    assert wrong == []


@pytest.mark.parametrize("path", CORE, ids=str)
def test_the_core_names_nobodys_organisation(path):
    names = re.findall(
        r"(?i)\b(?:mozilla|mozmeao|meao|mdn|moc|vidyo|grafana|openverse|2i2c|princeton)\w*",
        path.read_text(encoding="utf-8"),
    )
    assert names == []


DOCUMENTS = sorted([*TOP.glob("*.md"), *TOP.glob("docs/**/*.md")])


@pytest.mark.parametrize("path", [*MODULES, *DOCUMENTS], ids=name_of)
def test_no_text_names_a_module_that_is_not_there(path):
    folders = (PACKAGE, TOP / "tests", TOP / "benchmarks", TOP / "docs")
    there = {f"/{name_of(found)}" for folder in folders for found in folder.rglob("*.py")}
    named = re.findall(r"(?<![\w/.*-])((?:\w+/)*\w+\.py)\b", path.read_text(encoding="utf-8"))
    assert [one for one in named if not any(file.endswith(f"/{one}") for file in there)] == []
