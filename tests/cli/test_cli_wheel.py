"""The package as its users get it: built, unpacked, run in an empty folder; and its page."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import skipcat

pytestmark = pytest.mark.doors

ROOT = Path(__file__).parents[2]


def start(arguments, folder, path):
    environment = {**os.environ, "PYTHONPATH": str(path), "COLUMNS": "80"}
    return subprocess.run(
        [sys.executable, "-m", "skipcat", *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    place = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation"]
    done = subprocess.run(
        [*build, "--quiet", "--wheel-dir", str(place), str(ROOT)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    [wheel] = place.glob("skipcat-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place / "unpacked")
    return place / "unpacked"


@pytest.fixture(scope="module")
def fitted(unpacked, tmp_path_factory):
    folder = tmp_path_factory.mktemp("empty")
    done = start(["fit", "digits", "--minutes", "0.6"], folder, unpacked)
    return folder, done


def test_a_wheel_holds_the_compiled_translations(unpacked):
    assert (unpacked / "skipcat" / "locale" / "zh_CN" / "LC_MESSAGES" / "skipcat.mo").is_file()


def test_a_wheel_fits_digits_in_an_empty_folder(fitted):
    folder, done = fitted
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout.splitlines()[-2:] == [
        "Classifier: digits.skipcat",
        f"Report:     {Path('digits.skipcat') / 'report.html'}",
    ]
    assert [path.name for path in folder.iterdir()] == ["digits.skipcat"]
    # How good it is depends on what else the machine does in these seconds.
    evaluation = skipcat.load(folder / "digits.skipcat").evaluation
    assert (evaluation.images, evaluation.classes) == (179, tuple("0123456789"))


def test_a_wheel_holds_the_package_and_nothing_else(unpacked):
    names = {path.name for path in unpacked.iterdir()}
    assert names == {"skipcat", f"skipcat-{skipcat.__version__}.dist-info"}
    assert (unpacked / "skipcat" / "report" / "templates" / "fit.html.j2").is_file()


@pytest.mark.browser
def test_the_page_opens_in_a_browser(fitted, unavailable, tmp_path):
    chromium = shutil.which("chromium")
    if not chromium:
        unavailable("no chromium on this machine")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        unavailable("playwright is not installed")
    page_path = fitted[0] / "digits.skipcat" / "report.html"
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for width in (1200, 390):
            page = browser.new_page(viewport={"width": width, "height": 900})
            said, asked = [], []
            page.on("console", lambda message, said=said: said.append(message.text))
            page.on("pageerror", lambda error, said=said: said.append(str(error)))
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            page.goto(page_path.as_uri())
            page.wait_for_load_state("networkidle")
            assert said == []
            assert [url for url in asked if not url.startswith("data:")] == [page_path.as_uri()]
            widths = page.eval_on_selector_all("img", "all => all.map(i => i.naturalWidth)")
            assert len(widths) > 20
            assert min(widths) > 0
            wide = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
            assert wide[0] <= wide[1]
            assert "digits" in page.title()
            page.close()
        browser.close()
