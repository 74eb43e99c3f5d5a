#!/usr/bin/env python3
"""Assess an AI service from a pipeline: hand in its shield.yaml, wait, and exit by the gate.

    export SHIELD_SERVER=https://shield.example.org SHIELD_TOKEN=…
    curl -sSf -O "$SHIELD_SERVER/client/shield_ci.py" && python3 shield_ci.py assess shield.yaml --wait

Exit codes: 0 passed, 1 failed, 2 inconclusive, 3 could not be assessed (also wrong usage, a network
that fails, a crash). Python 3.8 or later, and nothing else. Proxies come from HTTPS_PROXY and
NO_PROXY, another certificate authority from SSL_CERT_FILE or --ca-bundle.
"""

from __future__ import annotations

# One file that people read as a whole: longer lines rather than more of them.
# fmt: off
import argparse
import hashlib
import http.client
import json
import os
import random
import ssl
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from pathlib import Path
from typing import Any, NoReturn

PASSED, FAILED, INCONCLUSIVE, NOT_ASSESSED = 0, 1, 2, 3
PIECE = 8 * 1024 * 1024
TRIES, MOST_SAID = 6, 10
BUSY = (408, 425, 429, 500, 502, 503, 504)
OUTPUTS = {"json": "json", "sarif": "sarif", "junit": "junit", "markdown": "md"}
WORDS = {0: "PASSED", 1: "FAILED", 2: "INCONCLUSIVE", 3: "could not be assessed"}


class Refused(Exception):
    """Something that ends with exit 3: what happened, and what to do."""

    def __init__(self, message: str, hint: str = "", status: int = 0, code: str = "") -> None:
        super().__init__(message)
        self.hint, self.status, self.code = hint, status, code


def say(text: str) -> None:
    """A line for the job's log; terminals must not obey what a server sends."""
    clean = "".join(c if c.isprintable() or c == "\n" else "?" for c in text)
    print(clean, file=sys.stderr, flush=True)


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the token elsewhere."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


class Server:
    """The API behind one token, with patience for what passes by itself."""

    def __init__(self, address: str, token: str, ca_bundle: str | None, until: float) -> None:
        self.base, self.until, self._token = address.rstrip("/") + "/api/v1", until, token
        context = ssl.create_default_context(cafile=ca_bundle or None)
        self._opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), NoRedirects())

    def ask(
        self, method: str, path: str, body: Any = None, *, wait: float = 0, headers: Any = None
    ) -> tuple[bytes, Any]:
        """Body and headers of a successful answer; repeats what may be repeated. Raises Refused."""
        sent = dict(headers or {})
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        if not isinstance(body, bytes) and body is not None:
            sent["Content-Type"] = "application/json"
        if method == "POST":
            sent["Idempotency-Key"] = str(uuid.uuid4())  # so that a repetition is the same request
        for attempt in range(TRIES):
            try:
                return self._once(method, path, data, sent, wait)
            except (Refused, OSError, http.client.HTTPException) as error:
                self._pause(error, attempt)
        raise AssertionError("unreachable")

    def _once(self, method: str, path: str, data: bytes | None, headers: dict, wait: float) -> tuple[bytes, Any]:
        request = urllib.request.Request(self.base + path, data=data, method=method)
        request.add_unredirected_header("Authorization", "Bearer " + self._token)
        for name, value in {"Accept": "application/json", "User-Agent": "shield-ci", **headers}.items():
            request.add_header(name, value)
        try:
            with self._opener.open(request, timeout=60 + wait) as answer:
                return answer.read(), answer.headers
        except urllib.error.HTTPError as error:
            with error:
                raise refusal(error) from None

    def _pause(self, error: Exception, attempt: int) -> None:
        """Wait before the next try, or give up with what happened."""
        status = error.status if isinstance(error, Refused) else 0
        if isinstance(error, Refused) and status not in BUSY:
            raise error
        reason = getattr(error, "reason", None) or error
        if isinstance(reason, ssl.SSLCertVerificationError):
            raise Refused(
                f"The server's certificate is not trusted: {reason.verify_message}.",
                "Give your organisation's authority with --ca-bundle FILE.",
            )
        pause = getattr(error, "retry_after", None) or min(2**attempt, 20) * (1 + random.random() / 4)
        if attempt + 1 == TRIES or time.monotonic() + pause > self.until:
            if isinstance(error, Refused):
                raise error
            raise Refused(f"The server cannot be reached: {reason}.", "Check --server and the network.")
        say(f"  {reason}; again in {pause:.0f} s")
        time.sleep(pause)

    def rest(self, attempt: int) -> None:
        """Give somebody else's request some time. Raises Refused when none is left."""
        if time.monotonic() > self.until:
            raise Refused("The files were not sent within --timeout.", "Start again: it goes on where it was.")
        time.sleep(min(2**attempt, 20))


def refusal(error: urllib.error.HTTPError) -> Refused:
    """What the server said, in its error shape or not."""
    try:
        told = json.loads(error.read(1_000_000))
        message, hint = str(told["message"]), str(told.get("hint", ""))
        code = str(told.get("code", error.code))
        problems = told.get("errors") or {}
        if "problems" not in problems:
            message += "".join(f"\n  {name}: {text}" for name, text in problems.items())
    except (ValueError, KeyError, TypeError, OSError, AttributeError):
        message, hint, code = (f"The server answered {error.code}", "Is --server the right address?", "")
    refused = Refused(f"{message} [{code}]" if code else message, hint, error.code, code)
    after = error.headers.get("Retry-After", "")
    refused.retry_after = min(int(after), 60) if after.isdigit() else None  # type: ignore[attr-defined]
    return refused


def upload(server: Server, path: Path) -> str:
    """Send a file in pieces and answer its id; after a break it goes on where the server is."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1024 * 1024), b""):
            digest.update(block)
        size = file.tell()
    facts = {"name": path.name[:255], "size": size, "sha256": digest.hexdigest()}
    query = urllib.parse.urlencode({"state": "receiving", "sha256": facts["sha256"], "ordering": "-created_at"})
    broken = json.loads(server.ask("GET", "/uploads/?" + query)[0])["results"]  # of a job that was stopped
    started = broken[0] if broken else json.loads(server.ask("POST", "/uploads/", facts)[0])
    address, state, done, breaks = "/uploads/{}/".format(started["id"]), started["state"], int(started["received"]), 0
    if state == "complete":
        say(f"  {path.name}: the server has it")
    with path.open("rb") as file:
        while state != "complete":  # with every byte there, an empty piece completes it
            file.seek(done)
            piece, before = file.read(PIECE), done
            if not piece and done < size:
                raise Refused(f"{path} became shorter while it was sent.", "Send it again.")
            try:
                place = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": str(done)}
                sent = json.loads(server.ask("PATCH", address, piece, headers=place)[0])
                state, done = sent["state"], int(sent["received"])
            except Refused as error:
                if error.code not in ("upload.offset", "upload.busy", "upload.broken_off") or breaks >= TRIES:
                    raise
                done = int(server.ask("HEAD", address)[1]["Upload-Offset"])
            breaks = 0 if done > before or state == "complete" else breaks + 1
            if breaks:  # another job sends the same file
                server.rest(breaks)
            say(f"  {path.name}: {100 * done / size:3.0f} %")
    return str(started["id"])


def files_of(server: Server, manifest: Path, text: str) -> dict:
    """Path as written → upload id, for every file that the manifest names beside itself."""
    told = server.ask("POST", "/manifests/check/", {"manifest": text, "manifest_name": manifest.name})[0]
    named, folder, found = json.loads(told)["files"], manifest.resolve().parent, {}
    for each in named:
        written, file = str(each["path"]), (folder / str(each["path"])).resolve()
        place = "{}:{}: {}".format(manifest.name, each["line"], each["key"])
        # The server says which files; it must not be able to ask for others.
        if written not in text or folder not in file.parents:
            raise Refused(f"{place}: {written} lies outside the manifest's folder.")
        if not file.is_file():
            raise Refused(f"{place}: there is no file {file}.", "Put it there, or correct the path.")
        if written not in found:
            found[written] = upload(server, file)
    return found


def assess(options: argparse.Namespace, server: Server) -> int:
    """Hand in, wait, write, exit by the gate."""
    manifest = Path(options.manifest)
    try:
        text = manifest.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{manifest} cannot be read: {error}.", "Name a shield.yaml.") from None
    say(f"sending {manifest} to {options.server}")
    body = {
        "manifest": text, "manifest_name": manifest.name, "files": files_of(server, manifest, text),
        "dry_run": options.dry_run, "seed": options.seed, "source": source(),
    }
    handed = json.loads(server.ask("POST", "/assessments/", body)[0])
    say("submission{}: {}".format(" (dry run)" if options.dry_run else "", handed["html_url"]))
    if options.no_wait:
        say("not waiting: exit 0 says that it was handed in, not that it passed")
        print(handed["id"])
        return PASSED
    return finish(options, server, follow(server, "/assessments/{}/".format(handed["id"])))


def source() -> dict:
    """What the usual pipelines say of themselves."""
    env = os.environ
    parts = [env.get("GITHUB_" + name, "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID")]
    github = "{}/{}/actions/runs/{}".format(*parts) if parts[2] else None
    found = {
        "commit": env.get("GITHUB_SHA") or env.get("CI_COMMIT_SHA") or env.get("GIT_COMMIT"),
        "branch": env.get("GITHUB_REF_NAME") or env.get("CI_COMMIT_REF_NAME") or env.get("GIT_BRANCH"),
        "job_url": github or env.get("CI_JOB_URL") or env.get("BUILD_URL"),
    }
    return {name: value[:100] if name == "commit" else value[:200] for name, value in found.items() if value}


def follow(server: Server, address: str) -> dict:
    """Wait for the end, saying how far it is. Raises Refused when the time is over."""
    said = ""
    while True:
        left = server.until - time.monotonic()
        if left <= 0:
            raise Refused("No verdict within --timeout.", "It goes on at the server; ask later or wait longer.")
        wait = max(1, min(20, int(left)))
        answer, headers = server.ask("GET", f"{address}?wait={wait}", wait=wait)
        state = json.loads(answer)
        line = "{} {:3.0f} % {}".format(state["state"], 100 * state["progress"], state["phase"])
        if line != said:
            say("  " + line.rstrip())
            said = line
        if state["ended"]:
            return dict(state)
        time.sleep(min(float(headers.get("Retry-After") or 1), max(left, 0)))


def finish(options: argparse.Namespace, server: Server, state: dict) -> int:
    """Write what was asked for, say the verdict and the accepted risks, and answer the exit code."""
    if state["page"]:
        say("run: {}".format(state["page"]))
    if state["state"] != "finished":
        error = state["error"] or {"code": state["state"], "message": "It was {}.".format(state["state"])}
        raise Refused("{} [{}]".format(error["message"], error["code"]), error.get("hint", ""))
    for option, suffix in OUTPUTS.items():
        target = getattr(options, option)
        if target:
            write(target, server.ask("GET", "/assessments/{}/result.{}".format(state["id"], suffix), headers={"Accept": "*/*"})[0])
    gate = state["gate"]
    for risk in sorted(gate.get("accepted_risks", ()), key=lambda risk: (risk["expires_at"], risk["finding"])):
        say("accepted until {:.10}: {}, by {} ({})".format(*(risk[name] for name in ("expires_at", "finding", "approver", "reason"))))
    for each in gate.get("false_positives", ()):
        say("false positive: {finding}, confirmed by {confirmed_by} ({reason})".format(**each))
    code = gate["exit"]
    if code not in WORDS:
        raise Refused(f"The server answered with exit {code!r}.")
    if code and "owner" in state:
        try:
            explain(server, state, "fail" if code == FAILED else "inconclusive")
        except (Refused, ValueError, KeyError) as error:  # the verdict is known: it is the answer
            say(f"what did not pass could not be fetched: {error}")
    dry = ", dry run: nothing was registered" if state["dry_run"] else ""
    say(f"gate {WORDS[code]} (fails on {gate['fail_on']} or graver){dry}: exit {code}")
    return int(code)


def explain(server: Server, state: dict, outcome: str) -> None:
    """Why the gate did not pass, gravest first, for whoever reads the job's log."""
    result = json.loads(server.ask("GET", "/assessments/{}/result.json".format(state["id"]))[0])
    found = [each for each in result["measurements"] if each["outcome"] == outcome]
    found.sort(key=lambda each: {"critical": 0, "high": 1, "medium": 2, "low": 3}.get(each["severity"], 4))
    for each in found[:MOST_SAID]:
        grave = f" ({each['severity']})" if each["severity"] else ""
        say("{}{}: {}: {}".format(outcome, grave, each["check"], each["sentence"] or each["reason"]))
    if len(found) > MOST_SAID:
        say(f"… and {len(found) - MOST_SAID} more; the page and --markdown have all of them")


def write(target: str, content: bytes) -> None:
    """The whole file or none; `-` is standard output."""
    if target == "-":
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    try:
        with tempfile.NamedTemporaryFile(dir=str(Path(target).parent), delete=False) as file:
            file.write(content)
        Path(file.name).chmod(0o644)
        Path(file.name).replace(target)
    except OSError as error:
        raise Refused(f"{target} cannot be written: {error}.") from None


def gate(options: argparse.Namespace, server: Server) -> int:
    """The gate of a registered version as it is now: its newest finished run, today's decisions."""
    wanted = {"service": options.service, "version": options.version, "state": "finished", "kind": "assessed"}
    query = urllib.parse.urlencode({**wanted, "ordering": "-finished_at", "page_size": 1})
    runs = json.loads(server.ask("GET", "/runs/?" + query)[0])["results"]
    if not runs:
        raise Refused(f"{options.service} {options.version} has no finished run.", "Assess it first.")
    run = runs[0]
    page = "{}/runs/{}/".format(options.server.rstrip("/"), run["id"])
    now = json.loads(server.ask("GET", "/runs/{}/gate/".format(run["id"]))[0])
    state = {"state": "finished", "page": page, "gate": now, "dry_run": False, "id": run["id"]}
    return finish(argparse.Namespace(**dict.fromkeys(OUTPUTS)), server, state)


def push(options: argparse.Namespace, server: Server) -> int:
    """Send metrics of another tool: a JSON file with one point or {"points": […]}; `-` is stdin."""
    try:
        text = sys.stdin.read() if options.file == "-" else Path(options.file).read_text(encoding="utf-8")
        body = json.loads(text)
    except (OSError, ValueError) as error:
        raise Refused(f"{options.file} cannot be read: {error}.") from None
    answer = json.loads(server.ask("POST", "/metrics/", body)[0])
    for each in answer["points"]:
        say("{} {}: {}".format(each["check"], each["value"], each["judgement"]))
    return PASSED


def parser() -> argparse.ArgumentParser:
    """What can be asked."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--server", default=os.environ.get("SHIELD_SERVER"), help="address ($SHIELD_SERVER)")
    shared.add_argument("--token-env", default="SHIELD_TOKEN", metavar="NAME", help="variable with the token")
    shared.add_argument("--timeout", type=float, default=3600, metavar="S", help="seconds for everything (3600)")
    shared.add_argument("--ca-bundle", metavar="FILE", help="certificate authorities to trust instead")
    shared.add_argument("--insecure-http", action="store_true", help="allow http to another machine")
    top = argparse.ArgumentParser(prog="shield_ci.py", description=str(__doc__).split("\n")[0])
    commands = top.add_subparsers(dest="command", required=True)
    one = commands.add_parser("assess", parents=[shared], help="assess what a shield.yaml describes")
    one.add_argument("manifest")
    one.add_argument("--wait", action="store_true", help="wait for the verdict (what it does anyway)")
    one.add_argument("--no-wait", action="store_true", help="hand in only; exit 0 is then no verdict")
    one.add_argument("--dry-run", action="store_true", help="compute everything, register nothing")
    one.add_argument("--seed", type=int, default=0)
    for name in OUTPUTS:
        one.add_argument("--" + name, metavar="F", help=f"write the result as {name}")
    two = commands.add_parser("gate", parents=[shared], help="the gate of a registered version")
    two.add_argument("service")
    two.add_argument("version")
    three = commands.add_parser("push", parents=[shared], help="send metrics of another tool")
    three.add_argument("file", help="JSON; - is standard input")
    return top


def connect(options: argparse.Namespace) -> Server:
    """The server, if its address and the token are fit to be used."""
    address = urllib.parse.urlsplit(options.server or "")
    if address.scheme not in ("https", "http") or not address.hostname or address.username:
        raise Refused("--server must be an address like https://shield.example.org.")
    local = address.hostname in ("localhost", "127.0.0.1", "::1")
    if address.scheme == "http" and not local and not options.insecure_http:
        raise Refused("http would send the token unprotected.", "Use https, or --insecure-http.")
    token = os.environ.get(options.token_env, "").strip()
    if not token or not token.isascii() or not token.isprintable():
        raise Refused(f"There is no token in ${options.token_env}.", "Make one on your account's page.")
    return Server(options.server, token, options.ca_bundle, time.monotonic() + options.timeout)


def main(arguments: list[str] | None = None) -> int:
    """Run a command; whatever is no verdict exits with 3."""
    try:
        options = parser().parse_args(arguments)
    except SystemExit as stop:
        return NOT_ASSESSED if stop.code else PASSED
    try:
        command = {"assess": assess, "gate": gate, "push": push}[options.command]
        return command(options, connect(options))
    except Refused as error:
        say("error: {}{}".format(error, "\n  " + error.hint if error.hint else ""))
    except KeyboardInterrupt:
        say("interrupted; what was handed in goes on at the server")
    except Exception as error:
        say(f"crash: {type(error).__name__}: {error}")
    return NOT_ASSESSED


def run() -> NoReturn:
    """The whole program; the process ends here."""
    code = main()
    try:
        sys.stdout.flush()
    except OSError:
        code = NOT_ASSESSED
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the reader is gone
    raise SystemExit(code)


if __name__ == "__main__":
    run()
