"use strict";
(() => {
  const config = {
    responsive: true,
    displaylogo: false,
    modeBarButtons: [["toImage"]],
    showTips: false,
  };
  const plots = document.querySelectorAll(".plot");
  for (const plot of plots) {
    const figure = JSON.parse(document.getElementById(`${plot.id}-figure`).textContent);
    Plotly.newPlot(plot, figure.data, figure.layout, {
      ...config,
      toImageButtonOptions: { filename: plot.id, scale: 2 },
    });
  }
  const fit = () => plots.forEach((plot) => Plotly.Plots.resize(plot));
  window.addEventListener("beforeprint", fit);
  window.addEventListener("afterprint", fit);
})();
