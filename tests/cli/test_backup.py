"""`coachapp backup` and `coachapp restore`: what they print, and how they end."""

import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from coachapp.codesets import release_path
from coachapp.codesets.imports import Request, import_release
from coachapp.codesets.shelf import Kind, imported_releases
from coachapp.config import make_secret
from tests.backup.conftest import NOW
from tests.cli.conftest import Run
from tests.codesets import samples


def emails(run: Run) -> list[str]:
    """Return who has an account."""
    return [one["email"] for one in run("people", "list", "--json").json]


def test_a_backup_comes_back_on_a_new_machine(
    ready: Run, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = ready("people", "add", "ana@example.org", "--name", "Ana Lee", "--role", "admin", "--json").json
    file = tmp_path / "b.zip"
    outcome = ready("backup", str(file))
    assert (outcome.code, outcome.out) == (0, "")
    assert f"{file}: " in outcome.err
    assert "with the secret key" in outcome.err
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    monkeypatch.setenv("COACH_DATA", str(tmp_path / "new"))
    outcome = ready("restore", str(file))
    assert outcome.code == 0, outcome.err
    for words in ("restored and compared row for row", "everyone must sign in again", "next: `coachapp init`"):
        assert words in outcome.err
    assert emails(ready) == ["ana@example.org"]
    assert made["password"] not in outcome.err
    assert (tmp_path / "new" / "secret_key").read_bytes() == (data / "secret_key").read_bytes()
    again = ready("restore", str(file))
    assert again.code == 2
    assert "the site is not empty (table audit_entry has 1 rows): --force replaces all of it" in again.err
    assert ready("restore", str(file), "--force").code == 0


def test_both_speak_json(ready: Run, tmp_path: Path) -> None:
    ready("people", "add", "ana@example.org", "--name", "Ana Lee")
    file = tmp_path / "b.zip"
    made = ready("backup", str(file), "--without-key", "--json").json
    assert made["file"] == str(file)
    assert (made["tables"]["person"], made["key"], made["database"]) == (1, False, "sqlite")
    checked = ready("restore", str(file), "--check", "--json").json
    assert checked == {name: value for name, value in made.items() if name != "file"}
    ready("people", "add", "bo@example.org", "--name", "Bo")
    done = ready("restore", str(file), "--force", "--keep-sign-ins", "--json").json
    assert (done["signed_out"], done["key_restored"], done["old_database"]) == (False, False, None)
    assert emails(ready) == ["ana@example.org"]


def test_checking_changes_nothing(ready: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "b.zip"
    ready("backup", str(file))
    ready("people", "add", "ana@example.org", "--name", "Ana Lee")
    outcome = ready("restore", str(file), "--check")
    assert outcome.code == 0
    assert "is in order: " in outcome.err
    assert emails(ready) == ["ana@example.org"]
    monkeypatch.setenv("COACH_DATA", str(tmp_path / "nowhere"))
    assert ready("restore", str(file), "--check").code == 0
    assert ready("restore", str(tmp_path / "none.zip")).code == 2
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("arguments", [("restore",), ("restore", "--force"), ("restore", "--check")])
def test_what_is_no_backup_is_refused(ready: Run, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    text = tmp_path / "letter.txt"
    text.write_text("Dear all")
    for path, words in (
        (text, "is not a backup"),
        (tmp_path / "none.zip", "does not exist"),
        (tmp_path, "is not a file"),
    ):
        outcome = ready(*arguments, str(path))
        assert (outcome.code, outcome.out) == (2, "")
        assert words in outcome.err


def test_what_cannot_be_backed_up_is_refused(run: Run, ready: Run, data: Path, tmp_path: Path) -> None:
    file = tmp_path / "b.zip"
    file.touch()
    for arguments, words in (
        ((str(file),), "already exists"),
        ((str(tmp_path),), "already exists and is not a file"),
        ((str(tmp_path / "none" / "b.zip"),), "cannot be written: No such file or directory"),
    ):
        outcome = ready("backup", *arguments)
        assert outcome.code == 2, arguments
        assert words in outcome.err
    (data / "coachapp.sqlite").unlink()
    outcome = run("backup", str(tmp_path / "c.zip"))
    assert outcome.code == 2
    assert "run `coachapp init`" in outcome.err
    assert not (tmp_path / "c.zip").exists()


def test_rows_that_cannot_be_had_end_with_1(ready: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from coachapp.backup import filling

    file = tmp_path / "b.zip"
    ready("people", "add", "ana@example.org", "--name", "Ana Lee")
    ready("backup", str(file))
    monkeypatch.setattr(filling, "insert", lambda *arguments: 0)
    outcome = ready("restore", str(file), "--force")
    assert outcome.code == 1
    assert "the database returned no row" in outcome.err
    assert emails(ready) == ["ana@example.org"]


def test_imported_releases_come_along_and_the_bundled_one_does_not(
    run: Run, data: Path, tmp_path: Path, prepared_database: bytes, codesets_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data.mkdir(mode=0o700)
    make_secret(data)
    (data / "coachapp.sqlite").write_bytes(prepared_database)
    shutil.copytree(codesets_dir / "codesets", data / "codesets")
    source = tmp_path / "HCPC2026_OCT_ANWEB.txt"
    source.write_text(samples.hcpcs_file())
    import_release(data, Request(Kind.HCPCS, source, short=True), now=NOW)
    names = [info.path.name for info in imported_releases(data / "codesets")]
    assert names == ["hcpcs-2026Q4.sqlite"]
    assert run("backup", str(tmp_path / "b.zip"), "--json").json["code_sets"] == names
    monkeypatch.setenv("COACH_DATA", str(tmp_path / "new"))
    assert run("restore", str(tmp_path / "b.zip")).code == 0
    folder = release_path(tmp_path / "new").parent
    assert [path.name for path in folder.iterdir()] == names
    assert imported_releases(folder)[0].source == source.name
    assert (folder / names[0]).read_bytes() == (data / "codesets" / names[0]).read_bytes()


def test_a_restore_cut_off_by_force_leaves_the_old_site(ready: Run, data: Path, tmp_path: Path) -> None:
    """Killed after every row was written and before the new database took its place."""
    file = tmp_path / "b.zip"
    ready("backup", str(file))
    ready("people", "add", "ana@example.org", "--name", "Ana Lee")
    script = (
        "import os, signal, sys\n"
        "from coachapp.backup import placing\n"
        "placing._replace_file = lambda new, file: os.kill(os.getpid(), signal.SIGKILL)\n"
        "from coachapp.cli import main\n"
        "main(sys.argv[1:])\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, "restore", str(file), "--force"], check=False)
    assert killed.returncode == -9
    assert emails(ready) == ["ana@example.org"]
    assert ready("restore", str(file), "--force").code == 0
    assert emails(ready) == []
