// Gives what our nodes say after their work the room that it needs.
//
// The frontend's own widget for such words is one and a half lines tall in the classic view,
// whatever it says, and it breaks lines inside words; the host cannot ask for more. All else about
// it stays as it is.
import { app } from "../../scripts/app.js";

const WIDGET = "$$node-text-preview"; // the frontend's name for it
const LEAST = 58, LINE = 16, AROUND = 36, ASIDE = 52; // pixels, as the frontend draws it
const MOST = AROUND + 6 * LINE; // more scrolls, so that a node does not cover its neighbours
const FONT = "12px Inter, sans-serif";

function heightOf(text, width) {
  const pen = app.canvas.ctx;
  pen.save();
  pen.font = FONT;
  const lines = Math.ceil((pen.measureText(text).width * 1.08) / (width - ASIDE));
  pen.restore();
  return Math.min(MOST, Math.max(LEAST, AROUND + LINE * lines));
}

function nodeOf(id) {
  let graph = app.rootGraph ?? app.graph, node = null;
  for (const part of String(id).split(":")) { // a node inside a subgraph names both
    node = graph?.getNodeById(Number(part));
    graph = node?.subgraph;
  }
  return node;
}

function breakBetweenWords(text) {
  for (const box of document.querySelectorAll(".break-all")) {
    if (box.textContent.trim() !== text.trim()) continue;
    box.style.wordBreak = "normal";
    box.style.overflowWrap = "anywhere";
  }
}

function makeRoom(id) {
  const node = nodeOf(id);
  const widget = node?.type.startsWith("FICE") && node.widgets?.find((one) => one.name === WIDGET);
  if (!widget) return;
  widget.options.getMinHeight = () => heightOf(String(widget.value ?? ""), node.size[0]);
  node.setDirtyCanvas?.(true, true);
  setTimeout(() => breakBetweenWords(String(widget.value ?? "")), 50); // it is drawn a moment later
}

app.registerExtension({
  name: "FICE.Told",
  setup() {
    app.api.addEventListener("progress_text", ({ detail }) => {
      setTimeout(() => makeRoom(detail.nodeId)); // after the frontend has put it there
    });
  },
});
