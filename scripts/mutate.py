"""Plants mistakes in the code that trains and measures, one at a time, and runs its quick tests.

`pip install -e .[mutation]`, then `python scripts/mutate.py [--only PART_OF_A_PATH] [--seconds N]`.
Needs a system that can fork: torch is imported once, and each mutant costs its tests alone. Results
lie in `.mutation/` by what module and tests say, so that only what changed is run again; the table
and the survivors are written into `dev/mutation.md`. Why a survivor is harmless is said in
`dev/harmless_mutants.toml`.

Mistakes are those of cosmic-ray (numbers, signs, comparisons, `not`, loops, decorators), of which
each operator becomes its most likely mistakes alone, and those of `mutation_operators`. What only
says something is left as it is: texts, what a `raise` says, types, and `assert`, which tells the
type checker.
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
# Of all that an operator of cosmic-ray could become, what a person would write by mistake.
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
        module: its path.
        operator: what makes the mistake.
        place: of all that the operator could do in this module, which.
        within: the class or function.
        line: its number.
        was: the lines as they are, stripped.
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
    """Every mistake in a module, with the module's code that has it."""
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
            changed = mutate_code(code, operator_class(), place)
            try:
                meant = ast.dump(ast.parse(changed))
            except SyntaxError:
                continue
            if meant in seen:  # two operators make the same mistake, or it is none
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
    """Whether the code only says something, to people or to the type checker."""
    if node.type == "assert_stmt" or (node.type == "operator" and node.parent.type == "parameters"):
        return True
    child, parent = node, node.parent
    while parent is not None:
        if parent.type in SILENT:
            return True
        if parent.type == "param" and (child is not parent.children[-1] or child.type != "number"):
            return True
        if parent.type == "funcdef" and child in parent.children[3:-1]:
            return True  # what it returns
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
    """Imports one module from other code than its file's."""

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
    """What a file is imported as."""
    parts = Path(path).with_suffix("").parts
    return ".".join(parts[parts.index("src") + 1 :] if "src" in parts else parts)


def preload() -> None:
    """Import whatever takes long, and all that is tested: most of it stays for each mutant."""
    import pytest

    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        pytest.main(["--version"])
    for name in (*PRELOADED, *map(module_name, DEFENDERS)):
        importlib.import_module(name)
    dependents("")  # so that each knows what the others import
    gc.freeze()


def dependents(module: str) -> set[str]:
    """Of the modules that are imported, this one and those that took anything of it."""
    ours = {name: _imports(name) for name in sys.modules if name.startswith("mmgan_")}
    found: set[str] = {module} & set(ours)
    while True:
        more = {name for name, taken in ours.items() if taken & found} - found
        if not more:
            return found
        found |= more


@functools.cache
def _imports(name: str) -> set[str]:
    """What a module imports, wherever in it, and the packages about that."""
    file = getattr(sys.modules[name], "__file__", None)
    found: set[str] = set()
    for node in ast.walk(ast.parse(Path(file).read_bytes())) if file else ():
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found | {one.rpartition(".")[0] for one in found}


def outcome(path: str, code: str, tests: Sequence[str], limit: float) -> str:
    """``survived``, ``killed`` or ``too long``: what the tests say of a module's code."""
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
        del sys.modules[name]
    sys.meta_path.insert(0, Planted(module, ROOT / path, code))
    # Plain asserts: to rewrite them, pytest would import the module from its file.
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
    """A module's results, from the last time if nothing changed; None where time is up."""
    content = [Path(mutation_operators.__file__), *(ROOT / one for one in (path, *HELPERS, *tests))]
    key = hashlib.sha256(b"".join(file.read_bytes() for file in content)).hexdigest()[:16]
    file = RESULTS / f"{path.replace('/', '-')}.json"
    known: dict[str, Any] = json.loads(file.read_text()) if file.is_file() else {}
    if known.get("key") == key and known["complete"]:
        return known
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
    """Why a mistake is harmless, by module and what its lines were and become."""
    if not REASONS.is_file():
        return {}
    found = tomllib.loads(REASONS.read_text(encoding="utf-8"))["mutant"]
    return {(one["module"], one["was"], one["becomes"]): one["why"] for one in found}


def report(results: Mapping[str, Mapping[str, Any]]) -> str:
    """The table and the survivors, in Markdown."""
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
    text = "\n".join([head, *lines, "", "## Survivors", *left, ""])
    return f"# Planted mistakes\n\n{__doc__}\n{text}"


def _row(name: str, count: int, killed: int) -> str:
    share = killed / count if count else 1.0
    return f"| {name} | {count} | {killed} | {count - killed} | {share:.1%} |"


def main() -> None:
    """Run what changed, print what survived, write the report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default="", help="modules whose path holds this")
    parser.add_argument("--seconds", type=float, default=1e9, help="stop after so long")
    chosen = parser.parse_args()
    cosmic_ray.plugins.OPERATOR_PROVIDERS["mmgan"] = mutation_operators.Provider()
    os.chdir(ROOT)
    preload()
    until, results = time.monotonic() + chosen.seconds, {}
    for path, tests in DEFENDERS.items():
        if chosen.only not in path:
            continue
        began = time.monotonic()
        found = run(path, tests, until)
        if found is None:
            print(f"{path}: time is up; the same command goes on", flush=True)
            break
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
    if not chosen.only and len(results) == len(DEFENDERS):
        REPORT.parent.mkdir(exist_ok=True)
        REPORT.write_text(report(results), encoding="utf-8")


if __name__ == "__main__":
    main()
