"""The real frontend in headless Chromium."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import ConsoleMessage, Page, sync_playwright

READY = (
    "() => window.app?.extensionManager && window.app.graph && document.querySelector('canvas')"
    " && !document.querySelector('.p-blockui-mask')"
)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"] + [
    f"--disable-{what}" for what in ("background-networking", "component-update", "sync")
]
WATCHED = ("progress", "b_preview", "executed", "execution_success", "execution_error")
# What the host itself asks for and does not have on a fresh start.
HOST_NOISE = (
    "graph accessed before initialization",
    "user.css",
    "/api/userdata",
    "/templates/",
    "favicon",
    "comfy.org",
    "huggingface.co",  # these two: the sizes of missing models, which it may not ask for
    "drive.google.com",
)
HOW_TO_GET_A_BROWSER = "no Chromium found: install it (apt install chromium), or set CHROMIUM"
VIEWPORT = {"width": 1600, "height": 1000}  # a common laptop
TALL = {"width": 1920, "height": 1600}  # for the node with the most widgets
Box = tuple[float, float, float, float]
BOXES = """(vue) => Object.fromEntries(app.graph.nodes.map(node => {
  const element = vue && document.querySelector(`[data-node-id="${node.id}"]`);
  const folded = node.flags.collapsed;
  const width = element ? element.offsetWidth : folded ? node._collapsed_width : node.size[0];
  const height = element ? element.offsetHeight : folded ? 30 : node.size[1] + 30;
  return [`${node.id} ${node.title}`, [node.pos[0], node.pos[1] - 30, width, height]];
}))"""
WINDOW = """() => {
  const {scale, offset} = app.canvas.ds, box = app.canvas.canvas.getBoundingClientRect();
  return [-offset[0], -offset[1], box.width / scale, box.height / scale];
}"""
SEARCH = """(phrase) => {
  const stores = document.querySelector('#vue-app').__vue_app__.config.globalProperties.$pinia._s;
  const search = stores.get('nodeDef').nodeSearchService;
  return search.searchNode(phrase, [], {limit: 64}, {matchWildcards: false})
    .map(one => one.display_name);
}"""
CUT_WORDS = """() => [...document.querySelectorAll('.break-all')]
  .map(words => words.closest('.overflow-y-auto'))
  .filter(box => box?.clientHeight && box.scrollHeight > box.clientHeight + 1)
  .filter(box => box.clientHeight < 110)  // six lines: from there on words scroll
  .map(box => box.innerText)"""
MISSING = """() => {
  const stores = document.querySelector('#vue-app').__vue_app__.config.globalProperties.$pinia._s;
  const found = stores.get('missingModel').missingModelCandidates ?? [];
  return found.map(one => [one.name, one.directory, one.url]);
}"""
ENDED = "() => __seen.includes('execution_success') || __seen.includes('execution_error')"
START_TIMEOUT_MS = 240_000
RUN_TIMEOUT_MS = 600_000


def find_browser() -> str | None:
    """The browser to test with."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


class Frontend:
    """A page of the frontend, ready to use.

    Attributes:
        page: the page.
        problems: what went wrong on it, without the noise of the host itself.
    """

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.problems: list[str] = []
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.set_default_timeout(START_TIMEOUT_MS)  # a busy machine takes long for a click
        page.goto(url, wait_until="domcontentloaded")
        page.wait_for_function(READY, timeout=START_TIMEOUT_MS)
        time.sleep(2)  # dialogs of the first start come late
        page.keyboard.press("Escape")
        page.evaluate(
            "(kinds) => { window.__seen = [];"
            " for (const kind of kinds) app.api.addEventListener(kind, () => __seen.push(kind)) }",
            list(WATCHED),
        )

    def _note(self, message: ConsoleMessage) -> None:
        where = message.location.get("url", "")
        if message.type == "error" and not any(n in where + message.text for n in HOST_NOISE):
            self.problems.append(f"{message.text} ({where})")

    def load(self, workflow: dict[str, Any], name: str) -> None:
        """Opens a workflow file."""
        self.page.evaluate("([w, n]) => app.loadGraphData(w, true, true, n)", [workflow, name])
        self._settle()

    def load_api(self, graph: dict[str, Any], name: str) -> None:
        """Opens a graph in API format."""
        self.page.evaluate("([g, n]) => app.loadApiJson(g, n)", [graph, name])
        self._settle()

    def _settle(self) -> None:
        time.sleep(1)
        if self.page.locator("[data-testid=coach-landing-overlay]").count():
            self.page.keyboard.press("Escape")  # the host's tour of its form view
            time.sleep(1)
        self.page.evaluate("() => { window.__seen = [] }")

    def prompt(self) -> dict[str, Any]:
        """What Run would queue."""
        text = self.page.evaluate("async () => JSON.stringify((await app.graphToPrompt()).output)")
        return json.loads(text)

    def prompt_inputs(self) -> dict[str, dict[str, Any]]:
        """The inputs of each node in it."""
        return {key: node["inputs"] for key, node in self.prompt().items()}

    def start(self) -> None:
        """Presses Run."""
        self.page.evaluate("() => { window.__seen = [] }")
        buttons = "[data-testid=queue-button], button:has([data-testid=linear-run-button-icon])"
        self.page.locator(buttons).locator("visible=true").first.click()

    def ended(self) -> bool:
        """Whether the run is over."""
        return bool(self.page.evaluate(ENDED))

    def run(self) -> dict[str, int]:
        """Presses Run and waits; returns how often each event came."""
        self.start()
        self.page.wait_for_function(ENDED, timeout=RUN_TIMEOUT_MS)
        time.sleep(1)
        seen = self.page.evaluate("() => __seen")
        return {kind: seen.count(kind) for kind in WATCHED}

    def vue_view(self, *, shown: bool) -> None:
        """Switches between the classic view of nodes and the one that is made of HTML."""
        script = "(on) => app.extensionManager.setting.set('Comfy.VueNodes.Enabled', on)"
        self.page.evaluate(script, shown)
        time.sleep(1)

    def heights(self) -> dict[str, int]:
        """How tall each node is in the Vue view, title included, by its id."""
        self.page.evaluate(
            # Nodes off the screen have no height.
            "() => { app.canvas.ds.scale = .1; app.canvas.ds.offset = [600, 600];"
            " app.canvas.setDirty(true, true) }"
        )
        time.sleep(1.5)
        script = (
            "() => Object.fromEntries([...document.querySelectorAll('[data-node-id]')]"
            ".map(one => [one.dataset.nodeId, one.offsetHeight]))"
        )
        return dict(self.page.evaluate(script))

    def boxes(self, *, vue: bool) -> dict[str, Box]:
        """Where each node lies in the graph, title included: left, top, width, height."""
        return {
            name: (box[0], box[1], box[2], box[3])
            for name, box in self.page.evaluate(BOXES, vue).items()
        }

    def window(self) -> Box:
        """The part of the graph that the window shows."""
        return tuple(self.page.evaluate(WINDOW))

    def zoom(self) -> float:
        """How large nodes are shown; 1 is their own size."""
        return self.page.evaluate("() => app.canvas.ds.scale")

    def set_widgets(self, kind: str, **values: Any) -> None:  # noqa: ANN401 - any widget's
        """Sets widgets of all nodes of a kind, shown or not."""
        script = (
            "([kind, values]) => { for (const node of app.graph.nodes) if (node.type === kind)"
            " for (const w of node.widgets ?? []) if (w.name in values) w.value = values[w.name] }"
        )
        self.page.evaluate(script, [kind, values])

    def found(self, phrase: str) -> list[str]:
        """The nodes that the frontend's own search finds, best first, by the name they show."""
        return list(self.page.evaluate(SEARCH, phrase))

    def toasts(self) -> list[str]:
        """Alerts on the screen."""
        return self.page.locator(".p-toast-message-error, .p-toast-message-warn").all_inner_texts()

    def cut_words(self) -> list[str]:
        """What nodes say, where neither all of it nor six lines are to be seen."""
        return list(self.page.evaluate(CUT_WORDS))

    def missing_nodes(self) -> list[str]:
        """Nodes of the graph that the host does not know."""
        script = "() => app.graph.nodes.filter(n => !LiteGraph.registered_node_types[n.type])"
        return list(self.page.evaluate(script + ".map(n => n.type)"))

    def missing_models(self) -> list[tuple[str, str, str]]:
        """The files that the frontend misses in the graph: name, folder, address."""
        return [(name, folder, url) for name, folder, url in self.page.evaluate(MISSING)]

    def what_is_missing(self, path: Path) -> tuple[str, int]:
        """Opens what lists missing files: its words, how many can be downloaded; a picture."""
        self.page.locator("[data-testid=error-overlay-see-errors]").click()
        listed = self.page.locator("[data-testid=error-group-missing-model]")
        words = listed.inner_text()
        buttons = listed.locator("[data-testid=missing-model-download]").count()
        self.screenshot(path)
        self.page.locator("[aria-label='Toggle properties panel']").first.click()
        return words, buttons

    def screenshot(self, path: Path) -> None:
        """The page as it is: templates open with all of their graph on it."""
        time.sleep(1.5)
        options = {"type": "jpeg", "quality": 70} if path.suffix == ".jpg" else {}
        self.page.screenshot(path=str(path), **options)

    def picture_of_node(self, kind: str, path: Path) -> None:
        """A picture of one node alone."""
        self.page.set_viewport_size(TALL)
        box = self.page.evaluate(
            """(kind) => {
              for (const old of [...app.graph.nodes]) app.graph.remove(old);
              app.graph.last_node_id += 100;  // values of widgets are kept by the id of their node
              const node = LiteGraph.createNode(kind);
              app.graph.add(node);
              node.pos = [0, 0];
              node.setSize([Math.max(node.size[0], 270), node.size[1]]);
              app.canvas.ds.scale = 1; app.canvas.ds.offset = [500, 200];
              app.canvas.setDirty(true, true);
              return [node.size[0], node.size[1]];
            }""",
            kind,
        )
        time.sleep(0.7)
        margin, title = 20, 32
        origin = self.page.evaluate(
            "() => { const r = app.canvas.canvas.getBoundingClientRect(); return [r.left, r.top] }"
        )
        clip = {
            "x": origin[0] + 500 - margin,
            "y": origin[1] + 200 - title - margin,
            "width": box[0] + 2 * margin,
            "height": box[1] + title + 2 * margin,
        }
        self.page.screenshot(path=str(path), clip=clip)


@contextlib.contextmanager
def open_frontend(url: str) -> Iterator[Frontend]:
    """Opens the frontend of a running host."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_browser(), headless=True, args=FLAGS
        )
        try:
            yield Frontend(browser.new_page(viewport=VIEWPORT), url)
        finally:
            browser.close()
