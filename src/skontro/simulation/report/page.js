"use strict";
(() => {
  const read = (id) => document.getElementById(id).textContent;
  const themed = Object.entries(JSON.parse(read("themed-colours")));
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const plots = [...document.querySelectorAll(".plot")];

  const inTheme = (figure) => {
    const style = getComputedStyle(document.documentElement);
    return themed.reduce(
      (text, [colour, name]) => text.replaceAll(colour, style.getPropertyValue(name).trim()),
      figure,
    );
  };

  const draw = (onPaper) => {
    for (const plot of plots) {
      const text = read(`${plot.id}-figure`);
      const figure = JSON.parse(dark.matches && !onPaper ? inTheme(text) : text);
      Plotly.react(plot, figure.data, figure.layout, {
        responsive: true,
        displaylogo: false,
        modeBarButtons: [["toImage"]],
        toImageButtonOptions: { filename: plot.id, scale: 2 },
      });
    }
  };

  draw(false);
  dark.addEventListener("change", () => draw(false));
  window.addEventListener("beforeprint", () => draw(true));
  window.addEventListener("afterprint", () => draw(false));
})();
