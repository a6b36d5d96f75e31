import re
from string import Formatter

import pytest
from translations import CATALOGS, SOURCE, extract_messages, read_catalog, update_catalog

CHINESE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef]")


@pytest.fixture(scope="module")
def extracted():
    return extract_messages()


@pytest.fixture(params=CATALOGS, ids=lambda path: path.parts[-3])
def path(request):
    return request.param


def test_every_message_of_the_source_is_in_each_catalog(path, extracted):
    catalog = read_catalog(path)
    assert {one.id for one in catalog} == {one.id for one in extracted}
    assert not catalog.obsolete
    assert [one.id for one in catalog if one.fuzzy] == []
    untranslated = [one.id for one in catalog if one.id and not all(_texts(one.string))]
    assert untranslated == [], "make translations; then translate them"


def test_a_catalog_is_as_make_translations_writes_it(path, extracted, tmp_path):
    place = tmp_path / path.parts[-3] / "LC_MESSAGES" / "skipcat.po"
    place.parent.mkdir(parents=True)
    place.write_bytes(path.read_bytes())
    update_catalog(place, extracted)
    assert place.read_text(encoding="utf-8") == path.read_text(encoding="utf-8")


def test_translations_fill_in_the_same_values(path):
    for one in read_catalog(path):
        if not one.id:
            continue
        wanted = {name for text in _texts(one.id) for name in _fields(text)}
        for text in _texts(one.string):
            assert _fields(text) == wanted, one.id


def test_a_compiled_catalog_is_no_older_than_its_source(path):
    compiled = path.with_suffix(".mo")
    assert compiled.stat().st_mtime >= path.stat().st_mtime


def test_the_source_holds_no_chinese():
    assert not {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*")
        if path.suffix in (".py", ".j2") and CHINESE.search(path.read_text(encoding="utf-8"))
    }


def _texts(text):
    return text if isinstance(text, tuple | list) else (text,)


def _fields(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
