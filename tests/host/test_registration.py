"""What the host makes of the pack: nodes, help, languages, blueprints; ids never change."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from tools.host.comfy_host import PACK, PACK_NAME

pytestmark = pytest.mark.host

SNAPSHOT = Path(__file__).parent / "data" / "schemas.json"
FILE_LISTS = {"weights", "model_set", "edit_file"}  # options that depend on the files of the host
WIDGETS = {"INT", "FLOAT", "STRING", "BOOLEAN", "COMBO"}
CONTRACT = ("default", "min", "max", "options")


@pytest.fixture(scope="module")
def nodes(host):
    return {
        name: info
        for name, info in sorted(host.get("/object_info").items())
        if name.startswith("FICE")
    }


def inputs_of(info):
    """All inputs of a node: name, type, options, in their order."""
    for group in ("required", "optional"):
        for name in info["input_order"].get(group, []):
            kind, options = (*info["input"][group][name], {})[:2]
            yield group, name, kind, options


def widgets_of(info):
    """The inputs of a node that are widgets."""
    for _, key, kind, options in inputs_of(info):
        if isinstance(kind, list) or (kind in WIDGETS and not options.get("forceInput")):
            yield key, kind, options


def contract_of(info):
    """What a saved workflow relies on."""
    inputs = []
    for group, name, kind, options in inputs_of(info):
        if isinstance(kind, list):  # the older form of a choice
            kind, options = "COMBO", {**options, "options": kind}
        kept = {key: options[key] for key in CONTRACT if key in options}
        if name in FILE_LISTS:
            kept.pop("options", None)
        inputs.append([group, name, kind, kept])
    outputs = [list(pair) for pair in zip(info["output"], info["output_name"], strict=True)]
    return {"inputs": inputs, "outputs": outputs}


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()[:12]


class TestPack:
    def test_imports(self, host):
        assert "IMPORT FAILED" not in host.log_text()

    def test_import_is_quick(self, host):
        lines = [line for line in host.log_text().splitlines() if PACK_NAME in line]
        times = [line.split(" seconds")[0].split()[-1] for line in lines if " seconds" in line]
        assert [float(seconds) for seconds in times if float(seconds) > 5] == []

    def test_folders_are_known(self, host):
        folders = {"stylegan2", "fice", "fice_encoders", "fice_clip", "densepose", "fice_edits"}
        assert folders <= set(host.get("/models"))

    def test_files_of_other_packs_stay_listed(self, host):
        """The probe pack keeps `.onnx` in `densepose`, too; our loader offers only its own."""
        folder = host.base / "models" / "densepose"
        (folder / "theirs.onnx").touch()
        assert {"theirs.onnx", "tiny.safetensors"} <= set(host.get("/models/densepose"))
        info = host.get("/object_info/FICELoadDensePose")["FICELoadDensePose"]
        (options,) = (
            options.get("options", kind)
            for _, name, kind, options in inputs_of(info)
            if name == "weights"
        )
        assert "tiny.safetensors" in options
        assert "theirs.onnx" not in options

    def test_one_small_script_is_loaded(self, host):
        """All else is done without: scripts are what breaks with the next frontend."""
        scripts = [path for path in host.get("/extensions") if PACK_NAME in path]
        assert scripts == [f"/extensions/{PACK_NAME}/told.js"]


class TestSchemas:
    def test_no_id_input_order_or_default_changed(self, nodes):
        """A workflow that somebody saved opens for ever.

        If a change is meant, only append, and write a line in CHANGELOG. FICE_WRITE_SNAPSHOT=1
        writes the snapshot anew; the next test tells the digest that CHANGELOG has to name.
        """
        now = {name: contract_of(info) for name, info in nodes.items()}
        text = json.dumps(now, indent=1, ensure_ascii=False) + "\n"
        if os.environ.get("FICE_WRITE_SNAPSHOT"):
            SNAPSHOT.parent.mkdir(exist_ok=True)
            SNAPSHOT.write_text(text, encoding="utf-8")
        assert json.loads(SNAPSHOT.read_text(encoding="utf-8")) == now

    def test_changelog_names_the_snapshot(self):
        """So that nobody changes the contract without telling the users."""
        changelog = (PACK / "CHANGELOG.md").read_text(encoding="utf-8")
        name = digest(SNAPSHOT.read_text(encoding="utf-8"))
        assert f"Node schemas: `{name}`" in changelog, f"CHANGELOG lacks: Node schemas: `{name}`"

    def test_everything_is_explained(self, nodes):
        for name, info in nodes.items():
            assert info["description"], name
            assert info["category"].startswith("FICE"), name
            assert info.get("search_aliases"), name
            assert all(info["output_tooltips"]), name
            for _, key, _, options in inputs_of(info):
                assert options.get("tooltip"), (name, key)

    def test_a_node_shows_few_widgets(self, nodes):
        """All but the node that is there for every number."""
        for name, info in nodes.items():
            shown = [key for key, kind, options in widgets_of(info) if not options.get("hidden")]
            assert len(shown) <= 8 or name == "FICEInversionSettings", (name, shown)

    def test_labels_are_words(self, nodes):
        for name, info in nodes.items():
            for _, key, _, options in inputs_of(info):
                assert "_" not in options.get("display_name", key), (name, key)

    def test_seeds_can_be_randomised(self, nodes):
        seeds = [o for info in nodes.values() for _, key, _, o in inputs_of(info) if key == "seed"]
        assert len(seeds) == 4
        assert all(options["control_after_generate"] for options in seeds)


class TestHelp:
    def test_page_with_picture(self, host, nodes):
        for name, info in nodes.items():
            page = host.get_bytes(f"/extensions/{PACK_NAME}/docs/{name}.md").decode()
            assert page.startswith(f"# {info['display_name']}\n")
            assert f"]({name}.png)" in page
            picture = host.get_bytes(f"/extensions/{PACK_NAME}/docs/{name}.png")
            assert picture.startswith(b"\x89PNG")

    def test_page_names_every_input(self, nodes):
        for name, info in nodes.items():
            page = (PACK / "nodes" / "web" / "docs" / f"{name}.md").read_text(encoding="utf-8")
            for _, key, _, _ in inputs_of(info):
                assert f"`{key}`" in page, (name, key)

    def test_readme_tells_of_every_node(self, nodes):
        lines = (PACK / "README.md").read_text(encoding="utf-8").splitlines()
        rows = [line.split("|")[1] for line in lines if line.startswith("| ")]
        told = {name.strip() for row in rows for name in row.split("·")}
        assert {info["display_name"] for info in nodes.values()} <= told

    def test_no_page_without_a_node(self, nodes):
        pages = (PACK / "nodes" / "web" / "docs").glob("*.md")
        assert {page.stem for page in pages} == set(nodes)


@pytest.fixture(scope="module")
def languages(host):
    return host.get("/i18n")


class TestLanguages:
    def test_english_says_what_the_nodes_say(self, languages, nodes):
        for name, info in nodes.items():
            words = languages["en"]["nodeDefs"][name]
            assert words["display_name"] == info["display_name"]
            assert words["description"] == info["description"]
            for _, key, _, options in inputs_of(info):
                assert words["inputs"][key]["tooltip"] == options["tooltip"]
            tooltips = [words["outputs"][str(i)]["tooltip"] for i in range(len(info["output"]))]
            assert tooltips == info["output_tooltips"]

    def test_chinese_is_complete(self, languages, nodes):
        def keys(value):
            return {k: keys(v) for k, v in value.items()} if isinstance(value, dict) else None

        english, chinese = (languages[lang]["nodeDefs"] for lang in ("en", "zh"))
        assert {n: keys(english[n]) for n in nodes} == {n: keys(chinese[n]) for n in nodes}


class TestBlueprint:
    def test_listed(self, host):
        entries = host.get("/global_subgraphs").values()
        assert "FICE edit" in {e["name"] for e in entries if e["source"] == "custom_node"}
