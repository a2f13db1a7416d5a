"""What the tests in a real browser share: where one is, a server of the site's files, and
a page that keeps account of what it said and asked for."""

import os
import shutil
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec

WIDTHS = (360, 768, 1280)
NAMES = ["chromium", "chromium-browser", "google-chrome", "chrome"]
WIDE = "() => document.documentElement.scrollWidth - window.innerWidth"


def browser_path():
    "Where a Chromium is that playwright can drive, or None; one that is named must be there"
    if named := os.environ.get("CHROMIUM"):
        return shutil.which(named) or named
    if not find_spec("playwright"):
        return None
    return next(filter(None, map(shutil.which, NAMES)), None)


class Quiet(SimpleHTTPRequestHandler):
    "Serves files and does not speak of it"

    def log_message(self, *_):
        pass


@contextmanager
def served(root):
    "A browser, and the address of the files below `root`"
    from playwright.sync_api import sync_playwright

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=root))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        how = dict(executable_path=browser_path(), args=["--no-sandbox"])
        browser = playwright.chromium.launch(**how)
        try:
            yield browser, f"http://127.0.0.1:{server.server_port}/"
        finally:
            browser.close()
            server.shutdown()


def watched(context, base):
    "A new page, and the list of its errors and of its requests to other hosts"
    context.route("**/favicon.ico", lambda route: route.fulfill(body=""))
    page, wrong = context.new_page(), []
    page.set_default_timeout(60_000)

    def heard(message):
        if message.type in ("error", "warning"):
            wrong.append(f"console: {message.text}")

    def asked(request):
        if not request.url.startswith((base, "blob:", "data:")):
            wrong.append(f"a request to {request.url}")

    page.on("console", heard)
    page.on("pageerror", lambda error: wrong.append(f"error {error}"))
    page.on("request", asked)
    return page, wrong
