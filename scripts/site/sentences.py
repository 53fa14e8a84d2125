"""Every sentence with which the package refuses something, read from its source without running it.

A sentence is what an artist may search for: the words that never change, with “…” where a value stands. They are found
where an error is made (`raise LayoutError(f"…")`), where an operator reports one (`self.report({"ERROR"}, "…")`), where
the command line or a render fails (`_fail("…")`) and where a button says why it is grey (`cls.poll_message_set("…")`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

VALUE = "…"  # where a value stands
ROOT_ERROR = "BlobGANError"
REPORT, GREY, FAILURE = "report", "grey button", "failure"  # kinds of sentences that are no exception's
NEEDS = "needs_text"  # `operators.selected.SelectedOperator`'s attribute


@dataclass(frozen=True)
class Sentence:
    """One sentence of the code.

    Attributes:
        text: its constant words, with `VALUE` for each value.
        kind: the error's class, `REPORT`, `FAILURE`, or `GREY`.
        module: where it is said, such as `worker/session.py`.
        line: in that file.
    """

    text: str
    kind: str
    module: str
    line: int


@dataclass(frozen=True)
class Source:
    """One file of the package."""

    module: str
    tree: ast.Module

    def functions(self) -> dict[str, ast.FunctionDef]:
        """The functions of the file by name, methods too."""
        return {node.name: node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef)}


def sentences(package: Path) -> tuple[list[Sentence], list[Sentence]]:
    """The sentences of a package, by file and line; and the places that say one which is made elsewhere.

    At the latter the text is the code of the argument, as `message.get('sentence', str)`.
    """
    sources = [_read(path, package) for path in sorted(package.rglob("*.py"))]
    errors = _error_classes(sources)
    told: list[Sentence] = []
    passed_on: list[Sentence] = []
    for source in sources:
        for kind, argument, scope in (*_places(source, errors), *_needs(source)):
            texts = list(_texts(argument, scope, source))
            for text in texts:
                told.append(Sentence(text, kind, source.module, argument.lineno))
            if not texts:
                passed_on.append(Sentence(ast.unparse(argument), kind, source.module, argument.lineno))
    return told, passed_on


def _read(path: Path, package: Path) -> Source:
    return Source(path.relative_to(package).as_posix(), ast.parse(path.read_text(encoding="utf-8")))


def _error_classes(sources: list[Source]) -> set[str]:
    """`BlobGANError` and all classes below it, by name."""
    bases = {
        node.name: {name for base in node.bases if (name := _name(base))}
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ClassDef)
    }
    found = {ROOT_ERROR}
    while more := {name for name, above in bases.items() if above & found} - found:
        found |= more
    return found


def _places(source: Source, errors: set[str]) -> Iterator[tuple[str, ast.expr, ast.AST]]:
    """Where something is said: its kind, the argument that says it, and the function around it."""
    for call, scope in _calls(source.tree, source.tree):
        name = _name(call.func)
        if name in errors and call.args:
            yield name, call.args[0], scope
        elif name == "poll_message_set" and call.args:
            yield GREY, call.args[0], scope
        elif name == "_fail" and call.args:
            yield FAILURE, call.args[-1], scope
        elif name == "report" and len(call.args) == 2 and "ERROR" in ast.unparse(call.args[0]):
            yield REPORT, call.args[1], scope


def _needs(source: Source) -> Iterator[tuple[str, ast.expr, ast.AST]]:
    """What operators say of a grey button by a class attribute, for their base to say."""
    for node in ast.walk(source.tree):
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ) if name == NEEDS:
                yield GREY, value, source.tree


def _calls(node: ast.AST, scope: ast.AST) -> Iterator[tuple[ast.Call, ast.AST]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield child, scope
        yield from _calls(child, child if isinstance(child, ast.FunctionDef) else scope)


def _texts(node: ast.expr, scope: ast.AST, source: Source) -> Iterator[str]:
    """The sentences that an expression may be; none where its words are not in this file."""
    match node:
        case ast.Constant(value=str(text)):
            if text:
                yield text
        case ast.JoinedStr():
            yield _joined(node)
        case ast.IfExp():
            yield from _texts(node.body, scope, source)
            yield from _texts(node.orelse, scope, source)
        case ast.BinOp(op=ast.Add()):
            sides = [list(_texts(side, scope, source)) or [VALUE] for side in (node.left, node.right)]
            yield from (left + right for left, right in product(*sides) if left + right != VALUE + VALUE)
        case ast.Name():
            yield from _assigned(node.id, scope, source)
        case ast.Call() if (function := source.functions().get(_name(node.func) or "")) is not None:
            for inner in ast.walk(function):
                if isinstance(inner, ast.Return) and inner.value is not None:
                    yield from _texts(inner.value, function, source)


def _assigned(name: str, scope: ast.AST, source: Source) -> Iterator[str]:
    """What a local variable may hold."""
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign) and any(_name(target) == name for target in node.targets):
            yield from _texts(node.value, scope, source)


def _joined(node: ast.JoinedStr) -> str:
    """An f-string with “…” for its values, two in a row being one."""
    text = ""
    for part in node.values:
        if isinstance(part, ast.Constant):
            words = str(part.value)
            text += words.removeprefix(VALUE) if text.endswith(VALUE) else words
        elif not text.endswith(VALUE):
            text += VALUE
    return text


def _name(node: ast.expr) -> str | None:
    """The last name of `name` or `module.name`."""
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else None
