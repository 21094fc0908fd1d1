"""Whether a test that a table names is one that runs.

A test is PATH or PATH:NAME.  PATH is a program of `make check`, a scenario file,
or a wire test.  NAME has to run: a START_TEST that is added to a case, a scenario,
a function of a wire test that main() reaches, or a sentence (part of a string) in
code that one of these reaches.  Text in a comment or in dead code is no test.
"""
import ast
import functools
import glob
import os
import re

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8", errors="replace") as file:
        return file.read()


# --- programs of make check ---------------------------------------------------
@functools.lru_cache(None)
def programs():
    """What TESTS holds, from the Makefile fragments."""
    text = ""
    for path in glob.glob(os.path.join(ROOT, "tests/**/*.inc"), recursive=True):
        text += read(os.path.relpath(path, ROOT)).replace("\\\n", " ") + "\n"
    values = {}
    for name, value in re.findall(r"(?m)^(\w+)\s*\+?=(.*)$", text):
        values[name] = values.get(name, "") + " " + value
    tests = re.sub(r"\$\((\w+)\)", lambda m: values.get(m.group(1), ""),
                   values.get("TESTS", ""))
    return frozenset(tests.split())


C_TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'',
                     re.S)


def without_comments(source):
    return C_TOKEN.sub(lambda m: " " if m.group(0)[0] == "/" else m.group(0), source)


def definitions(source):
    """(names, text) of each definition: it ends with a line that begins with }."""
    chunk = []
    for line in source.replace("\\\n", " ").splitlines():
        chunk.append(line)
        is_end = line.startswith("}") and not line.endswith("{")
        if is_end or line.startswith("#") or re.match(r"\S.*;$", line):
            yield names_of(chunk), "\n".join(chunk)
            chunk = []
    yield names_of(chunk), "\n".join(chunk)


def names_of(lines):
    names = set()
    for line in lines:
        for pattern in (r"START_TEST\((\w+)\)", r"#\s*define\s+(\w+)",
                        r"(?:[\w*]+\s+)*\**(\w+)\(",
                        r"(?:\}|[\w*{}]+\s)?.*?\b(\w+)\s*(?:\[[^]]*\])*\s*=(?!=)"):
            match = re.match(pattern, line)
            if match and not line[0].isspace():
                names.add(match.group(1))
                break
    return names


@functools.lru_cache(None)
def c_parts(path):
    """(names of START_TESTs that run, strings in what they reach)."""
    parts = list(definitions(without_comments(read(path))))
    added = set(re.findall(r"\btcase_add\w*test\w*\(\s*\w+\s*,\s*(\w+)",
                           "\n".join(text for _, text in parts)))
    defined = {n for _, text in parts for n in re.findall(r"START_TEST\((\w+)\)", text)}
    reached, wanted = set(), {"main"} | (added & defined)
    while wanted:
        name = wanted.pop()
        for i, (names, text) in enumerate(parts):
            if name in names and i not in reached:
                reached.add(i)
                wanted |= set(re.findall(r"\b[A-Za-z_]\w*", text))
    strings = [re.sub(r'"\s*"', "", s[1:-1]) for i in reached for s in re.findall(
        r'"(?:\\.|[^"\\])*"(?:\s*"(?:\\.|[^"\\])*")*', parts[i][1])]
    return added & defined, strings


# --- wire tests -----------------------------------------------------------------
def strings_in(node):
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, (str, bytes)):
            yield part.value if isinstance(part.value, str) else part.value.decode("latin-1")


@functools.lru_cache(None)
def wire_parts(path):
    """(functions that main() reaches, strings in them)."""
    tree = ast.parse(read(path))
    defined, body = {}, []
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            defined[node.name] = node
        elif isinstance(node, (ast.Assign, ast.AugAssign)):
            for target in ast.walk(node):
                if isinstance(target, ast.Name) and isinstance(target.ctx, ast.Store):
                    defined[target.id] = node
        else:
            body.append(node)
    reached, wanted, strings = set(), list(body), []
    while wanted:
        node = wanted.pop()
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            strings.extend(strings_in(node))
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and part.id in defined and part.id not in reached:
                reached.add(part.id)
                wanted.append(defined[part.id])
    return reached, strings


@functools.lru_cache(None)
def scenarios(path):
    return frozenset(re.findall(r'(?m)^scenario "(.*)"', read(path)))


# --- one test ---------------------------------------------------------------------
def problem_of_name(path, name):
    if path.endswith(".sc"):
        return None if name in scenarios(path) else "no scenario of %s is \"%s\"" % (path, name)
    names, strings = c_parts(path) if path.endswith(".c") else wire_parts(path)
    if name in names or any(name in string for string in strings):
        return None
    return "%s runs nothing called \"%s\"" % (path, name)


def problem_of_test(test):
    """What is wrong with one PATH or PATH:NAME, or None."""
    path, colon, name = test.partition(":")
    if not path.startswith("tests/"):
        return "%s is not in tests/" % path
    if not os.path.isfile(os.path.join(ROOT, path)):
        return "%s does not exist" % path
    if re.fullmatch(r"tests/wire/[a-z][0-9][\w-]*", path):
        if not os.access(os.path.join(ROOT, path), os.X_OK):
            return "%s cannot be executed" % path
    elif path.endswith(".c"):
        if path[:-2] not in programs():
            return "%s is no program of `make check`" % path
    elif not re.fullmatch(r"tests/scenario/[\w-]+\.sc", path):
        return "%s is no test" % path
    if colon:
        return problem_of_name(path, name) if name else "%s: no name" % path
    return None


def problems_of_cell(cell):
    """What is wrong with several tests, " ; " between them."""
    return [p for p in map(problem_of_test, cell.split(" ; ")) if p]
