// Runs in the frontend: gives the loaded graph its layout and returns what it would save.
([scene, core, version, pack]) => {
  const sign = (node) => {
    const ours = node.type.startsWith('FICE');
    node.properties['cnr_id'] = ours ? pack : 'comfy-core';
    node.properties['ver'] = ours ? version : core;
  };
  for (const node of app.graph.nodes) {
    const plan = scene.nodes[node.id];
    node.pos = plan.at;
    const needed = node.computeSize();
    node.setSize(plan.size.map((side, axis) => Math.max(side, needed[axis])));
    if (plan.title) node.title = plan.title;
    sign(node);
    if (plan.models.length) node.properties['models'] = plan.models;
    const control = node.widgets?.find(w => w.name === 'control_after_generate');
    if (control) control.value = 'fixed';
  }
  if (scene.note) {
    const note = LiteGraph.createNode('MarkdownNote');
    app.graph.add(note);
    note.pos = scene.note_at.slice(0, 2);
    note.setSize(scene.note_at.slice(2));
    note.title = 'Read me';
    note.widgets[0].value = scene.note;
    sign(note);
  }
  if (scene.app) {
    app.graph.extra.linearMode = scene.as_app;
    app.graph.extra.linearData = scene.app;
  }
  const saved = app.graph.serialize();
  saved.extra = {...saved.extra, ds: {scale: 0.6, offset: [460, 80]}};
  return JSON.stringify(saved);
}
