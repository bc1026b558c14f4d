// Runs in the frontend: puts other nodes in the places of some, with the links of those.
(standIns) => {
  for (const [id, plan] of Object.entries(standIns)) {
    const old = app.graph.getNodeById(Number(id));
    const fresh = LiteGraph.createNode(plan.kind);
    app.graph.add(fresh);
    for (const [name, value] of Object.entries(plan.widgets)) {
      const widget = fresh.widgets.find(one => one.name === name);
      widget.value = value;
      widget.callback?.(value);
    }
    const same = plan.kind === old.type;
    fresh.title = same ? old.title : `Stands in for ${old.title}`;
    fresh.pos = [...old.pos];
    fresh.setSize([...old.size]);
    // Another kind may need more room than there is.
    if (old.flags.collapsed || !same) fresh.flags.collapsed = true;
    for (const [name, [from, slot]] of Object.entries(plan.links)) {
      app.graph.getNodeById(Number(from)).connect(slot, fresh, name);
    }
    old.outputs.forEach((output, slot) => {
      for (const link of [...(output.links ?? [])]) {
        const {target_id: target, target_slot: into} = app.graph.links.get(link);
        fresh.connect(slot, app.graph.getNodeById(target), into);
      }
    });
    app.graph.remove(old);
  }
}
