// Runs in the frontend: gives the loaded graph its layout and returns what it would save.
//
// Nodes that a scene puts at one x make a column, from top to bottom. How tall a node is depends on
// the frontend, its view and what a run adds to it, so columns are stacked here from what was
// measured, and the scene only says what stands where.
([scene, page, core, version, pack]) => {
  const TITLE = 30, GAP = 18, BETWEEN = 44, EDGE = 11, CAPTION = 38;
  const sign = (node) => {
    const ours = node.type.startsWith('FICE');
    node.properties['cnr_id'] = ours ? pack : 'comfy-core';
    node.properties['ver'] = ours ? version : core;
  };
  const plans = new Map();
  for (const node of app.graph.nodes) {
    const plan = scene.nodes[node.id];
    plans.set(node, plan);
    if (plan.title) node.title = plan.title;
    sign(node);
    if (plan.models.length) node.properties['models'] = plan.models;
    const control = node.widgets?.find(w => w.name === 'control_after_generate');
    if (control) control.value = 'fixed';
  }
  if (scene.note) {
    const note = LiteGraph.createNode('MarkdownNote');
    app.graph.add(note);
    note.title = 'Read me';
    note.widgets[0].value = scene.note;
    sign(note);
    const [x, y, width, height] = scene.note_at;
    plans.set(note, {at: [x, y], size: [width, height], room: [0, 0], seen: 0, folded: false});
  }
  // Of a new one: a text that was stretched, or a picture that has come, counts as needed.
  const needs = (node) => LiteGraph.createNode(node.type).computeSize();
  const heightOf = (node, plan) => plan.folded ? 0 : plan.as_written ? plan.size[1] : Math.ceil(Math.max(
    plan.size[1], needs(node)[1] + plan.room[0], plan.seen - TITLE + plan.room[1]));
  const columns = [...new Set([...plans.values()].map(plan => plan.at[0]))].sort((a, b) => a - b);
  let left = 0, group = null;
  const groups = [];
  let lowest = 0;
  columns.forEach((x, index) => {
    const here = [...plans].filter(([, plan]) => plan.at[0] === x);
    here.sort(([, a], [, b]) => a.at[1] - b.at[1]);
    const width = Math.max(...here.map(([node, plan]) => Math.max(plan.size[0], needs(node)[0])));
    let top = 0;
    for (const [node, plan] of here) {
      const height = heightOf(node, plan);
      node.pos = [left, top];
      node.setSize([width, Math.max(height, plan.folded ? needs(node)[1] : 0)]);
      if (plan.folded) node.flags.collapsed = true;
      top += height + TITLE + GAP;
    }
    const bottom = top - TITLE - GAP;
    lowest = Math.max(lowest, bottom);
    const caption = scene.captions[index];
    if (caption) {
      group = {title: caption[0], color: caption[1], left, right: left + width, bottom};
      groups.push(group);
    } else if (group) {
      group.right = left + width;
      group.bottom = Math.max(group.bottom, bottom);
    }
    left += width + BETWEEN;
  });
  for (const one of groups) {
    const made = new LiteGraph.LGraphGroup(one.title);
    made.color = one.color;
    made.font_size = 22;
    made.pos = [one.left - EDGE, -TITLE - CAPTION];
    made.size = [one.right - one.left + 2 * EDGE, lowest + TITLE + CAPTION + EDGE];
    app.graph.add(made);
  }
  if (scene.app) {
    app.graph.extra.linearMode = scene.as_app;
    app.graph.extra.linearData = scene.app;
  }
  const saved = app.graph.serialize();
  // As large as the page allows, and in its middle.
  const size = [left - BETWEEN + 2 * EDGE, lowest + TITLE + CAPTION + 2 * EDGE];
  const scale = Math.min(1, page[2] / size[0], page[3] / size[1]);
  const offset = [
    (page[0] + (page[2] - size[0] * scale) / 2) / scale + EDGE,
    page[1] / scale + TITLE + CAPTION + EDGE,
  ];
  saved.extra = {...saved.extra, ds: {scale, offset}};
  return JSON.stringify(saved);
}
