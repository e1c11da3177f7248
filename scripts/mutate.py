"""Plants mistakes in the code that trains and measures, one at a time, and runs its quick tests.

`pip install -e .[mutation]`, then `python scripts/mutate.py [--only PART_OF_A_PATH] [--seconds N]`.
Needs a system that can fork: torch is imported once, and each mutant costs its tests alone. Results
lie in `.mutation/` by what module and tests say, so that only what changed is run again; the table
and the survivors are written into `dev/mutation.md`. Why a survivor is harmless is said in
`dev/harmless_mutants.toml`.

Mistakes are those of cosmic-ray (numbers, signs, comparisons, `not`, loops, decorators), of which
each operator becomes its most likely mistakes alone, and those of `mutation_operators`. What only
says something is left as it is: texts, what a `raise` says, types, the options that `examples()`
shows, and `assert`, which tells the type checker.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import difflib
import functools
import gc
import hashlib
import importlib
import importlib.abc
import importlib.machinery
import io
import json
import os
import re
import signal
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cosmic_ray.plugins
import mutation_operators
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.ast.ast_query import ASTQuery
from cosmic_ray.mutating import mutate_code
from mutation_defenders import DEFENDERS, HELPERS, PRELOADED

ROOT = Path(__file__).resolve().parent.parent
RESULTS, REPORT = ROOT / ".mutation", ROOT / "dev" / "mutation.md"
REASONS = ROOT / "dev" / "harmless_mutants.toml"
# The operators of cosmic-ray that make mistakes which a person might make.
LIKELY = re.compile(
    r"ReplaceBinaryOperator_(Add_Sub|Sub_Add|Mul_Div|Div_Mul|FloorDiv_Mul|Mod_FloorDiv|Pow_Mul|"
    r"BitOr_BitAnd|BitAnd_BitOr|BitXor_BitOr)|"
    r"ReplaceComparisonOperator_(Lt_LtE|Lt_GtE|LtE_Lt|LtE_Gt|Gt_GtE|Gt_LtE|GtE_Gt|GtE_Lt|Eq_NotEq|"
    r"NotEq_Eq|Is_IsNot|IsNot_Is)|"
    r"ReplaceUnaryOperator_Delete_(USub|Invert|Not)|ReplaceUnaryOperator_USub_UAdd|"
    r"ReplaceTrueWithFalse|ReplaceFalseWithTrue|ReplaceAndWithOr|ReplaceOrWithAnd|AddNot|"
    r"ReplaceBreakWithContinue|ReplaceContinueWithBreak|ExceptionReplacer|NumberReplacer|"
    r"RemoveDecorator|ZeroIterationForLoop"
)
SILENT = frozenset(
    {"raise_stmt", "assert_stmt", "import_from", "import_name", "annassign", "tfpdef", "fstring"}
)


@dataclass(frozen=True)
class Mutant:
    """One mistake in one module.

    Attributes:
        module: the path of the module.
        operator: the name of the operator that makes the mistake.
        place: the number of the mistake among those that the operator can make in this module.
        within: the class or function that contains it.
        line: the number of its line.
        was: the lines without the mistake, stripped.
        becomes: the lines with the mistake.
    """

    module: str
    operator: str
    place: int
    within: str
    line: int
    was: str
    becomes: str


def mutants(path: str) -> Iterator[tuple[Mutant, str]]:
    """Yield every mistake in a module, each with the code of the module that contains it."""
    code = (ROOT / path).read_text(encoding="utf-8")
    tree, seen = get_ast(code), {ast.dump(ast.parse(code))}
    for name in cosmic_ray.plugins.operator_names():
        operator_class = cosmic_ray.plugins.get_operator(name)
        if operator_class.arguments() or not _wanted(name):
            continue
        places = (
            (node, *at)
            for node in ast_nodes(tree)
            for at in operator_class().mutation_positions(node)
        )
        for place, (node, start, _) in enumerate(places):
            if _silent(node):
                continue
            try:
                changed = mutate_code(code, operator_class(), place)
                meant = ast.dump(ast.parse(changed))
            except (AttributeError, SyntaxError):  # cosmic-ray knows no `except a.B`
                continue
            if meant in seen:  # two operators make the same mistake, or it changes nothing
                continue
            seen.add(meant)
            was, becomes = _difference(code, changed)
            within = ASTQuery(node).get_definition_name() or ""
            yield (
                Mutant(path, name.partition("/")[2], place, within, start[0], was, becomes),
                changed,
            )


def _wanted(name: str) -> bool:
    provider, _, operator = name.partition("/")
    return provider == "mmgan" or bool(LIKELY.fullmatch(operator))


def _silent(node: Any) -> bool:
    """Whether the code only informs people or the type checker."""
    if node.type == "assert_stmt" or (node.type == "operator" and node.parent.type == "parameters"):
        return True
    child, parent = node, node.parent
    while parent is not None:
        if parent.type in SILENT:
            return True
        if parent.type == "param" and (child is not parent.children[-1] or child.type != "number"):
            return True
        if parent.type == "funcdef" and child in parent.children[3:-1]:
            return True  # the type that it returns
        if parent.type == "funcdef" and parent.name.value == "examples":
            return True
        if parent.type == "argument" and parent.children[0].get_code().strip() in (
            mutation_operators.SAID
        ):
            return True
        child, parent = parent, parent.parent
    return False


def _difference(code: str, changed: str) -> tuple[str, str]:
    old, new = code.splitlines(), changed.splitlines()
    was, becomes = [], []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, False).get_opcodes():
        if tag != "equal":
            was += [line.strip() for line in old[a:b]]
            becomes += [line.strip() for line in new[c:d]]
    return " ".join(was), " ".join(becomes)


class Planted(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Imports one module from code that differs from its file."""

    def __init__(self, module: str, file: Path, code: str) -> None:
        self.module, self.file, self.code = module, file, code

    def find_spec(
        self, name: str, path: object = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != self.module:
            return None
        spec = importlib.machinery.ModuleSpec(name, self, origin=str(self.file))
        spec.has_location = True
        return spec

    def get_source(self, fullname: str) -> str:
        return self.code

    def exec_module(self, module: Any) -> None:
        exec(compile(self.code, str(self.file), "exec"), module.__dict__)


def module_name(path: str) -> str:
    """Return the name that a file is imported by."""
    parts = Path(path).with_suffix("").parts
    return ".".join(parts[parts.index("src") + 1 :] if "src" in parts else parts)


def preload() -> None:
    """Import everything that takes long, and all that is tested: each mutant shares most of it."""
    import pytest

    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        pytest.main(["--version"])
    for name in (*PRELOADED, *map(module_name, DEFENDERS)):
        importlib.import_module(name)
    dependents("")  # so that each knows what the others import
    gc.freeze()


def dependents(module: str) -> set[str]:
    """Return the imported modules that depend on this module, and this module itself."""
    ours = {name: _imports(name) for name in sys.modules if name.startswith("mmgan_")}
    found: set[str] = {module} & set(ours)
    while True:
        more = {name for name, taken in ours.items() if taken & found} - found
        if not more:
            return found
        found |= more


@functools.cache
def _imports(name: str) -> set[str]:
    """Return the modules that a module imports anywhere in it, and their packages."""
    file = getattr(sys.modules[name], "__file__", None)
    found: set[str] = set()
    for node in ast.walk(ast.parse(Path(file).read_bytes())) if file else ():
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found | {one.rpartition(".")[0] for one in found}


def outcome(path: str, code: str, tests: Sequence[str], limit: float) -> str:
    """Run the tests on a module's code; returns ``survived``, ``killed`` or ``too long``."""
    child = os.fork()
    if not child:
        try:
            os._exit(_tested(path, code, tests))
        finally:
            os._exit(1)
    ends = time.monotonic() + limit
    while time.monotonic() < ends:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return "survived" if status == 0 else "killed"
        time.sleep(0.01)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "too long"


def _tested(path: str, code: str, tests: Sequence[str]) -> int:
    import pytest

    os.setsid()
    nowhere = os.open(os.devnull, os.O_RDWR)
    if not os.environ.get("MUTATE_LOUD"):
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
    module = module_name(path)
    for name in dependents(module):
        package, _, last = name.rpartition(".")
        if package in sys.modules:  # where `from package import last` looks first
            vars(sys.modules[package]).pop(last, None)
        del sys.modules[name]
    sys.meta_path.insert(0, Planted(module, ROOT / path, code))
    # Asserts stay plain, because rewriting them would make pytest import the module from its file.
    flags = [
        "-x",
        "-q",
        "--assert=plain",
        "--tb=native",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:unraisableexception",
        "-p",
        "no:threadexception",
    ]
    return int(pytest.main([*flags, *tests]))


def run(path: str, tests: Sequence[str], until: float) -> dict[str, Any] | None:
    """Return the results of a module, the last ones if nothing changed; None if time is up."""
    content = [Path(mutation_operators.__file__), *(ROOT / one for one in (path, *HELPERS, *tests))]
    key = hashlib.sha256(b"".join(file.read_bytes() for file in content)).hexdigest()[:16]
    file = RESULTS / f"{path.replace('/', '-')}.json"
    known: dict[str, Any] = json.loads(file.read_text()) if file.is_file() else {}
    if known.get("key") == key and known["complete"]:
        return known
    if time.monotonic() > until:
        return None
    code = (ROOT / path).read_text(encoding="utf-8")
    began = time.monotonic()
    if outcome(path, code, tests, 600) != "survived":
        raise SystemExit(f"{path}: its tests fail as it is: pytest {' '.join(tests)}")
    limit = 5 + 5 * (time.monotonic() - began)
    rows = known["rows"] if known.get("key") == key else []
    done = {(row["operator"], row["place"]) for row in rows}
    file.parent.mkdir(exist_ok=True)
    for mutant, changed in mutants(path):
        if (mutant.operator, mutant.place) in done:
            continue
        if time.monotonic() > until:
            return None
        rows.append({**asdict(mutant), "outcome": outcome(path, changed, tests, limit)})
        file.write_text(json.dumps({"key": key, "complete": False, "rows": rows}, indent=1))
    known = {"key": key, "complete": True, "rows": rows}
    file.write_text(json.dumps(known, indent=1))
    return known


def reasons() -> dict[tuple[str, str, str], str]:
    """Return why mistakes are harmless, by module and by the lines without and with the mistake."""
    if not REASONS.is_file():
        return {}
    found = tomllib.loads(REASONS.read_text(encoding="utf-8"))["mutant"]
    return {(one["module"], one["was"], one["becomes"]): one["why"] for one in found}


def report(results: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the table and the survivors, in Markdown."""
    why = reasons()
    head = "| module | mutants | killed | survived | share |\n|---|---:|---:|---:|---:|"
    lines, left, total = [], [], [0, 0]
    for path, found in results.items():
        rows = found["rows"]
        survived = [row for row in rows if row["outcome"] == "survived"]
        killed = len(rows) - len(survived)
        total = [total[0] + len(rows), total[1] + killed]
        lines.append(_row(path, len(rows), killed))
        if survived:
            left.append(f"\n### {path}\n")
        for row in survived:
            said = why.get((path, row["was"], row["becomes"]), "**not explained**")
            left.append(
                f"- {row['within']}, line {row['line']}: `{row['was']}` becomes "
                f"`{row['becomes']}`: {said}"
            )
    lines.append(_row("**all**", *total))
    missing = [f"- {path}" for path in DEFENDERS if path not in results]
    if missing:
        lines += ["\n## Not run to the end: the same command goes on\n", *missing]
    text = "\n".join([head, *lines, "", "## Survivors", *left, ""])
    return f"# Planted mistakes\n\n{__doc__}\n{text}"


def _row(name: str, count: int, killed: int) -> str:
    share = killed / count if count else 1.0
    return f"| {name} | {count} | {killed} | {count - killed} | {share:.1%} |"


def main() -> None:
    """Run what changed, print what survived, write the report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--only", action="append", default=[], help="modules whose path has this; may be repeated"
    )
    parser.add_argument("--seconds", type=float, default=1e9, help="stop after this time")
    chosen = parser.parse_args()
    cosmic_ray.plugins.OPERATOR_PROVIDERS["mmgan"] = mutation_operators.Provider()
    os.chdir(ROOT)
    preload()
    until, results = time.monotonic() + chosen.seconds, {}
    for path, tests in DEFENDERS.items():
        if chosen.only and not any(part in path for part in chosen.only):
            continue
        began = time.monotonic()
        found = run(path, tests, until)
        if found is None:
            print(f"{path}: time is up; the same command continues", flush=True)
            continue
        results[path] = found
        bad = [row for row in found["rows"] if row["outcome"] == "survived"]
        print(
            _row(path, len(found["rows"]), len(found["rows"]) - len(bad)),
            f"{time.monotonic() - began:.0f} s",
            flush=True,
        )
        for row in bad:
            known = (path, row["was"], row["becomes"]) in reasons()
            print(
                f"  {'harmless' if known else 'SURVIVED'} {row['line']} {row['operator']}: "
                f"{row['was']}  ->  {row['becomes']}",
                flush=True,
            )
    if not chosen.only:
        REPORT.parent.mkdir(exist_ok=True)
        REPORT.write_text(report(results), encoding="utf-8")


if __name__ == "__main__":
    main()
