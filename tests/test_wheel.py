"""The wheel, installed in a clean environment, serves a page and lists its items."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from coachapp.paths import CHECKOUT

SCRIPT = """
import sys
from pathlib import Path
import coachapp
from coachapp.app import create_app
from coachapp.config import Settings, data_dir
from coachapp.content.sync import load_bundled
from coachapp.models import db
from coachapp.models.schema import upgrade
from coachapp.paths import in_checkout

assert Path(coachapp.__file__).is_relative_to(sys.prefix), coachapp.__file__
assert not in_checkout()
assert "instance" not in data_dir({"HOME": "/nowhere"}).parts
app = create_app(Settings(data=Path(sys.argv[1]), secret_key="a key for the wheel alone, as long as a real one"))
with app.app_context():
    upgrade(db.engine)
client = app.test_client()
page = client.get("/sign-in")
assert page.status_code == 200 and "<h1>Sign in</h1>" in page.text
for url in ("/static/css/coach.css", "/bootstrap/static/css/bootstrap.min.css"):
    assert client.get(url).status_code == 200, url
print(len(load_bundled().cases))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel with the packages at hand, so that no network is needed."""
    target = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(target), str(CHECKOUT)]
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(target.glob("*.whl"))


def test_the_wheel_carries_all_it_needs_and_no_tests(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    for wanted in (
        "coachapp/_bundle/templates/layout.html",
        "coachapp/_bundle/question_bank/README.md",
        "coachapp/migrations/env.py",
        "coachapp/static/css/coach.css",
        "coachapp/deploy/coachapp.service",
        "coachapp/deploy/nginx.conf",
    ):
        assert wanted in names
    for kind in ("coachapp/_bundle/cases/", "coachapp/codesets/data/", "coachapp/migrations/versions/"):
        assert any(name.startswith(kind) for name in names), kind
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not any(name.startswith(("tests/", "instance/")) or "__pycache__" in name for name in names)


def test_installed_alone_it_serves_a_page_and_lists_its_items(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "clean"
    venv.create(home, with_pip=False)
    python = home / "bin" / "python"
    site = Path(sysconfig.get_path("purelib", vars={"base": str(home), "platbase": str(home)}))
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--no-deps",
        "--no-index",
        "-qq",
        str(wheel),
    ]
    done = subprocess.run([*pip, "--disable-pip-version-check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    # The other packages are those of this environment, looked up after the clean one's own.
    (site / "outer.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (tmp_path / "data").mkdir()
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("COACH_", "PYTHON"))}
    ran = subprocess.run(
        [python, "-c", SCRIPT, str(tmp_path / "data")],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=environ,
    )
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) == len(list((CHECKOUT / "cases").glob("*/*/case.yaml")))
    command = subprocess.run([home / "bin" / "coachapp", "--version"], capture_output=True, text=True, check=False)
    assert command.stdout.startswith("coachapp, version "), command.stderr
