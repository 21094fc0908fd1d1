"""Pages in Chromium: what the tests of them share."""

import shutil

from pages import *

WEB = os.path.join(ROOT, "tests/web")
LANGUAGES = "en", "de", "fr", "es", "ar"
EVERY = [language + "-" + scheme for language in LANGUAGES for scheme in ("light", "dark")]


def node(*arguments, sign_in=""):
    """A program of tests/web.  sign_in: "name:password" """
    done = subprocess.run(["node", *arguments], cwd=WEB, capture_output=True, text=True, timeout=300,
                          env=dict(os.environ, VOLENS_SIGN_IN=sign_in))
    check(done.returncode == 0, "the browser runs %s" % done.stderr[-500:])
    return [json.loads(line) for line in done.stdout.splitlines()]


def look(url, name, some, sign_in="", prefix="page-"):
    """axe finds nothing, no line is too wide, the answers are in view.  some: looks where time is short."""
    looks = EVERY if LONG else some[name]
    shots = os.path.join(BUILD, "log")
    os.makedirs(shots, exist_ok=True)
    seen = node("look.mjs", url, os.path.join(shots, prefix + name), *looks, sign_in=sign_in)
    check([one["look"] for one in seen] == looks, "%s: all are shown" % name)
    for one in seen:
        width = int((one["look"].split("-") + [320])[2])
        if one["violations"] or one["width"] > width or one["lowest"] > 568 or not one["look"].startswith(one["language"]):
            check(False, "%s: %s" % (name, one))
    check(True, "%s: axe finds nothing, no line is too wide, the answers are in view" % name)


def browser_is_there():
    if os.path.isdir(WEB + "/node_modules") and shutil.which("chromium") and shutil.which("node"):
        return True
    what = "needs chromium, node, and `npm ci` in tests/web"
    check(not os.environ.get("CI"), what)
    print("# %s; skipped" % what)
    return False
