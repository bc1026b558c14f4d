// Runs in the frontend: what Run queues takes fewer steps, while the page shows the graph as it is.
([settings, fewer]) => {
  const STEPPING = ['FICEClipGuidedInversion', 'FICEEdit'];
  const queue = app.api.queuePrompt;
  app.api.queuePrompt = function (number, data, ...rest) {
    const nodes = Object.values(data.output);
    for (const node of nodes) {
      Object.assign(node.inputs, fewer[node.class_type]);
      if (STEPPING.includes(node.class_type)) node.inputs.settings ??= ['quicker', 0];
    }
    if (nodes.some(node => node.inputs.settings?.[0] === 'quicker')) {
      data.output.quicker = {class_type: 'FICEInversionSettings', inputs: settings};
    }
    return queue.call(this, number, data, ...rest);
  };
}
