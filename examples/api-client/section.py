#!/usr/bin/env python3
"""Reads or writes one section of a manuscript over HTTP. Needs nothing but Python 3.

    section.py http://127.0.0.1:8000 read manuscript/abstract
    section.py http://127.0.0.1:8000 write manuscript/abstract < abstract.tex
    section.py --user alice --password-file secret http://127.0.0.1:8000 list
    section.py --join http://127.0.0.1:8000/join/… http://127.0.0.1:8000 who
    section.py --join http://127.0.0.1:8000/join/… http://127.0.0.1:8000 present manuscript/abstract

`who` prints who is in which section; `present` shows you there, for two minutes. Both work in a project that somebody
has shared with you by a link. Without --user it takes part as a visitor; --cookies keeps the workspace from one call to the next.
"""

import argparse
import http.cookiejar
import json
import signal
import sys
import urllib.error
import urllib.parse
import urllib.request


class Writer:
    """A session with a server: cookies, the token for writing, the project."""

    def __init__(self, address, cookies):
        self.address = address.rstrip("/")
        self.jar = http.cookiejar.LWPCookieJar(cookies)
        if cookies:
            try:
                self.jar.load()
            except FileNotFoundError:
                pass
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def ask(self, method, path, body=None):
        headers = {"Accept": "application/json" if "/api/" in path else "text/html"}
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
            headers["Accept"] = "application/json"
            headers["X-CSRFToken"] = next((c.value for c in self.jar if c.name == "csrftoken"), "")
        request = urllib.request.Request(self.address + path, data, headers, method=method)
        try:
            with self.opener.open(request) as answer:
                text = answer.read().decode()
        except urllib.error.HTTPError as error:
            text = error.read().decode()
            try:
                sys.exit(json.loads(text)["error"])
            except ValueError:
                sys.exit(f"the server answered {error.code}")
        return json.loads(text) if text.startswith("{") else text

    def enter(self, user, password):
        if user:
            self.ask("GET", "/auth/login/")
            self.ask("POST", "/auth/login/", {"username": user, "password": password})
        else:
            self.ask("GET", "/writer/")
        session = self.ask("GET", "/writer/api/session/")
        self.project = f"/writer/api/project/{session['project_id']}"
        if self.jar.filename:
            self.jar.save()

    def join(self, link):
        """Follows a link to a shared project and stays there."""
        with self.opener.open(urllib.request.Request(link, headers={"Accept": "text/html"})) as page:
            self.project = "/writer/api" + urllib.parse.urlsplit(page.url).path.rstrip("/").removeprefix("/writer")
        if self.jar.filename:
            self.jar.save()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address", help="e.g. http://127.0.0.1:8000")
    parser.add_argument("action", choices=["list", "read", "write", "who", "present"])
    parser.add_argument("section", nargs="?", help="e.g. manuscript/abstract")
    parser.add_argument("--user", help="the name of an account")
    parser.add_argument("--password-file", type=argparse.FileType(), help="a file whose first line is the password")
    parser.add_argument("--cookies", help="a file that keeps the session")
    parser.add_argument("--join", metavar="LINK", help="a link to a project that is shared with you")
    options = parser.parse_args()
    if options.action in ("read", "write", "present") and not options.section:
        parser.error("which section?")
    password = options.password_file.readline().rstrip("\n") if options.password_file else ""

    writer = Writer(options.address, options.cookies)
    writer.enter(options.user, password)
    if options.join:
        writer.join(options.join)
    if options.action == "present":
        writer.ask("POST", f"{writer.project}/presence/update/", {"section": options.section})
    if options.action in ("present", "who"):
        for person in writer.ask("GET", f"{writer.project}/presence/list/")["users"]:
            print(f"{person['username']:<20} {person['state']:<8} {person['section'] or ''}")
        return
    if options.action == "list":
        for document in writer.ask("GET", f"{writer.project}/sections/")["documents"]:
            for section in document["sections"]:
                print(f"{section['id']:<36} {section['words']:>6} words{'' if section['included'] else '  off'}")
        return
    path = f"{writer.project}/section/{options.section}/"
    section = writer.ask("GET", path)
    if options.action == "read":
        sys.stdout.write(section["content"])
        return
    # The version says what the new text was made from; if somebody else was quicker, the server merges.
    saved = writer.ask("PUT", path, {"content": sys.stdin.read(), "version": section["version"]})
    print(f"saved as version {saved['version']}{', merged with what others wrote' if saved['merged'] else ''}")


if __name__ == "__main__":
    # Whoever reads our output may have had enough: section.py … list | head -3
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
