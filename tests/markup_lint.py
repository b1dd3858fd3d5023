"""Finds, in source alone, texts that Textual would read as markup. Knows what reads it in 8.2.8; Textual is not run.

Markup in somebody's message is at best mangled and at worst a crash (`[/]`) or a live action (`[@click=app.quit]x`),
so a text may reach such a reader only as `Content`, or with `markup=False`, or as a literal without a bracket.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

SWITCHABLE: Final = {"Static", "Label"}
"""Widgets whose `markup=False` also covers every later `update`."""

READERS: Final = {
    "Button", "Checkbox", "Collapsible", "DataTable", "Header", "Link", "Markdown", "MarkdownViewer", "Option",
    "OptionList", "Placeholder", "RadioButton", "RadioSet", "Select", "Selection", "SelectionList", "SystemCommand",
    "Tab", "TabbedContent", "TabPane", "Tabs", "Tree",
}  # fmt: skip
"""Classes that read every text they are given, with no way to say otherwise for all of them."""

READING_CALLS: Final = {
    "add_column", "add_columns", "add_leaf", "add_option", "add_options", "add_row", "add_rows", "set_options",
    "replace_option_prompt", "update_cell", "update_cell_at", "set_label",
}  # fmt: skip
READING_ATTRIBUTES: Final = {"border_title", "border_subtitle", "tooltip", "label"}
PARSERS: Final = {"from_markup", "from_text", "visualize"}
CONTENT: Final = {"Content", "Text"}
TEXT_AREAS: Final = {"TextArea"}


@dataclass(frozen=True, slots=True)
class Complaint:
    """One place where a text would be read as markup."""

    line: int
    words: str


@dataclass(slots=True)
class Project:
    """What the rules know about the other files: which functions return Content, which classes are which widget."""

    returning: dict[str, set[str]] = field(default_factory=dict)
    bases: dict[str, set[str]] = field(default_factory=dict)
    own_init: set[str] = field(default_factory=set)

    def add(self, nodes: Iterable[ast.AST]) -> None:
        """Take in the nodes of a file."""
        for node in nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                self.returning.setdefault(node.name, set()).add(ast.unparse(node.returns) if node.returns else "")
            elif isinstance(node, ast.ClassDef):
                self.bases.setdefault(node.name, set()).update(last_name(base) for base in node.bases)
                if any(isinstance(each, ast.FunctionDef) and each.name == "__init__" for each in node.body):
                    self.own_init.add(node.name)

    def returns_content(self, name: str) -> bool:
        return bool(self.returning.get(name)) and self.returning[name] <= {"Content", "Content | None"}

    def kind_of(self, name: str, kinds: Iterable[str], foreign: Mapping[str, str]) -> bool:
        """Whether a class is one of Textual's, or one of ours made from it."""
        asked: set[str] = set()
        waiting = [name]
        while waiting:
            each = waiting.pop()
            if foreign.get(each, each if each != name else "") in kinds:
                return True
            asked.add(each)
            waiting += self.bases.get(each, set()) - asked
        return False


def last_name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(value=value):
            return last_name(value)
        case _:
            return ""


def complaints(source: str, project: Project) -> list[Complaint]:
    """Every place in a file of ours where a text that is not certainly harmless would be read as markup."""
    return sorted(_Rules(nodes_of(source), project).run(), key=lambda each: each.line)


def nodes_of(source: str) -> tuple[ast.AST, ...]:
    """Return every node of a file: to walk through it takes as long as all the rules."""
    return tuple(ast.walk(ast.parse(source)))


class _Rules:
    def __init__(self, nodes: Sequence[ast.AST], project: Project) -> None:
        self._nodes = nodes
        self._project = project
        # A method's namesakes in other files say nothing about it.
        self._here = Project()
        self._here.add(nodes)
        # What a name stands for where it comes from Textual or Rich, whatever it is called here.
        self._foreign = {
            alias.asname or alias.name: alias.name
            for node in nodes
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ("textual", "rich")
            for alias in node.names
        }
        self._assigned: dict[str, list[ast.expr]] = {}
        for node in nodes:
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) and node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in targets:
                    if isinstance(target, ast.Name | ast.Attribute):
                        self._assigned.setdefault(ast.unparse(target), []).append(node.value)

    def run(self) -> Iterator[Complaint]:
        for node in self._nodes:
            if isinstance(node, ast.Call):
                yield from self._call(node)
            elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                yield from self._assignment(node, node.value)
            elif isinstance(node, ast.ClassDef):
                yield from self._class(node)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "[@click" in node.value:
                yield Complaint(node.lineno, "a link that runs an action, in a text")

    def _call(self, node: ast.Call) -> Iterator[Complaint]:
        name = last_name(node.func)
        texts = [*node.args, *(each.value for each in node.keywords if each.arg in TEXT_KEYWORDS)]
        plain = isinstance(node.func, ast.Name)
        made = last_name(node.args[0]) if name == "partial" and node.args else name
        if made in ("notify", "Notification") and not off(node):
            yield Complaint(node.lineno, "notify without markup=False")
        elif plain and self._is(name, SWITCHABLE) and not off(node) and name not in self._project.own_init:
            given = node.args[0] if node.args else None
            if not isinstance(given, ast.Call) or not self._is_content(given) or has(node, "id"):
                yield Complaint(node.lineno, f"{name} without markup=False: a later update would read markup")
        elif (plain and self._is(name, READERS)) or (not plain and name in READING_CALLS):
            for text in texts:
                yield from self._check(text, f"{name}(…) reads markup")
        elif plain and self._is(name, TEXT_AREAS):
            for each in node.keywords:
                if each.arg == "placeholder":
                    yield from self._check(each.value, "a TextArea's placeholder reads markup")
        elif name in PARSERS and not (node.args and isinstance(node.args[0], ast.Constant)):
            if not (name == "from_text" and off(node)):
                yield Complaint(node.lineno, f"{name} reads markup")
        elif name in ("Style", "on") and any(has(node, each) for each in ("link", "click", "meta")):
            yield Complaint(node.lineno, "a link or an action in a style")

    def _assignment(self, node: ast.Assign | ast.AnnAssign, value: ast.expr) -> Iterator[Complaint]:
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            named = last_name(target)
            if isinstance(target, ast.Attribute) and named in READING_ATTRIBUTES:
                yield from self._check(value, f"{named} reads markup")
            elif isinstance(target, ast.Attribute) and named == "placeholder":
                yield from self._check(value, "a TextArea's placeholder reads markup")
            elif isinstance(target, ast.Name) and named in ("BORDER_TITLE", "BORDER_SUBTITLE"):
                yield from self._check(value, f"{named} reads markup")

    def _class(self, node: ast.ClassDef) -> Iterator[Complaint]:
        widget = any(self._is(last_name(base), WIDGETS) for base in node.bases)
        switchable = any(self._is(last_name(base), SWITCHABLE) for base in node.bases)
        for method in node.body:
            if not isinstance(method, ast.FunctionDef):
                continue
            if method.name == "render" and widget:
                for each in ast.walk(method):
                    if isinstance(each, ast.Return) and each.value is not None:
                        yield from self._check(each.value, "what render returns is read as markup")
            if method.name == "__init__" and switchable:
                ups = [each for each in ast.walk(method) if isinstance(each, ast.Call) and is_super_init(each)]
                if not any(off(each) for each in ups):
                    yield Complaint(method.lineno, f"{node.name} is made without markup=False")

    def _is(self, name: str, kinds: Iterable[str]) -> bool:
        return self._project.kind_of(name, kinds, self._foreign)

    def _returns_content(self, name: str) -> bool:
        return (self._here if name in self._here.returning else self._project).returns_content(name)

    def _check(self, text: ast.expr, words: str) -> Iterator[Complaint]:
        if not self._is_content(text):
            yield Complaint(text.lineno, words)

    def _is_content(self, node: ast.expr, deep: int = 0) -> bool:
        """Whether a value is Content, or a text of our own without a bracket."""
        match node:
            case ast.Constant(value=str(text)):
                return "[" not in text
            case ast.Constant():
                return True
            case ast.IfExp(body=one, orelse=other):
                return self._is_content(one, deep) and self._is_content(other, deep)
            case ast.BoolOp(values=values):
                return all(self._is_content(each, deep) for each in values)
            case ast.BinOp(left=one, op=ast.Add(), right=other):
                return self._is_content(one, deep) and self._is_content(other, deep)
            case ast.Subscript(value=value) if last_name(value).strip("_").isupper():
                # A table of our own words.
                return self._is_content(value, deep)
            case ast.Dict(values=values) | ast.Tuple(elts=values) | ast.List(elts=values):
                return all(self._is_content(each, deep) for each in values)
            case ast.Call(func=ast.Name(id=name)):
                return self._foreign.get(name) in CONTENT or self._returns_content(name)
            case ast.Call(func=ast.Attribute(value=value, attr=name)):
                if name in PARSERS:
                    return False
                return (
                    self._returns_content(name)
                    or (isinstance(value, ast.Name) and self._foreign.get(value.id) in CONTENT)
                    or (isinstance(value, ast.Call) and self._is_content(value, deep))
                )
            case ast.Name() | ast.Attribute():
                values = self._assigned.get(ast.unparse(node), [])
                return deep < 3 and bool(values) and all(self._is_content(each, deep + 1) for each in values)
            case _:
                return False


WIDGETS: Final = {"Widget", "Static", "Label", "ScrollView", "Container", "Vertical", "Horizontal"}
TEXT_KEYWORDS: Final = {"content", "label", "title", "prompt", "text", "help", "subtitle"}


def off(call: ast.Call) -> bool:
    return any(
        each.arg == "markup" and isinstance(each.value, ast.Constant) and each.value.value is False
        for each in call.keywords
    )


def has(call: ast.Call, name: str) -> bool:
    return any(each.arg == name for each in call.keywords)


def is_super_init(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr == "__init__"
