// Runs in the frontend: makes one node of the stages and returns it as a blueprint.
([inner, exposed, name, pack, version]) => {
  const nodes = app.graph.nodes.filter(node => inner.includes(String(node.id)));
  const {subgraph, node} = app.graph.convertToSubgraph(new Set(nodes));
  for (const other of [...app.graph.nodes]) if (other !== node) app.graph.remove(other);
  subgraph.name = name;
  node.title = name;
  node.pos = [0, 0];
  for (const [id, widget] of exposed) {
    const owner = subgraph.nodes.find(one => String(one.id) === id);
    const slot = owner.inputs.find(one => one.widget?.name === widget);
    subgraph.addInput(widget, slot.type).connect(slot, owner);
  }
  node.setSize([380, 320]);
  for (const one of subgraph.nodes) {
    one.properties['cnr_id'] = pack;
    one.properties['ver'] = version;
    const control = one.widgets?.find(w => w.name === 'control_after_generate');
    if (control) control.value = 'fixed';
  }
  return JSON.stringify(app.graph.serialize());
}
