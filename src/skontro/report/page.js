"use strict";
// Comfort for a page that is complete without it: hover texts, sorting, tables as files.
(() => {
  // Hover texts at once and under a finger; without this a browser shows them after a while.
  const said = new Map();
  for (const title of document.querySelectorAll(".plot title")) {
    said.set(title.parentElement, title.textContent);
    title.remove();
  }
  const box = document.createElement("div");
  box.id = "hover-text";
  box.hidden = true;
  document.body.append(box);
  const point = (event) => {
    const mark = event.target.closest?.(".hover");
    box.hidden = !said.has(mark);
    if (box.hidden) return;
    box.textContent = said.get(mark);
    const room = document.documentElement.clientWidth;
    const left = Math.min(event.clientX + 14, room - box.offsetWidth - 8);
    const above = event.clientY + 18 + box.offsetHeight > window.innerHeight;
    box.style.left = `${Math.max(4, left) + window.scrollX}px`;
    box.style.top = `${
      event.clientY + window.scrollY + (above ? -box.offsetHeight - 12 : 18)
    }px`;
  };
  document.addEventListener("pointermove", point);
  document.addEventListener("pointerdown", point);
  document.addEventListener("scroll", () => { box.hidden = true; }, { passive: true });

  const words = new Intl.Collator("en", { numeric: true });
  const value = (cell) => cell.dataset.value ?? cell.textContent;
  // What has no figure comes last whichever way the others go.
  const compare = (a, b, way) => {
    if (a === "" || b === "") return (a === "") - (b === "");
    const gap = Number(a) - Number(b);
    return way * (Number.isNaN(gap) ? words.compare(a, b) : gap);
  };

  const sort = (table, heading, first) => {
    const now = heading.getAttribute("aria-sort");
    const second = first === "ascending" ? "descending" : "ascending";
    const next = { none: first, [first]: second, [second]: "none" }[now];
    for (const other of heading.parentElement.children) other.setAttribute("aria-sort", "none");
    heading.setAttribute("aria-sort", next);
    const column = heading.cellIndex;
    const way = next === "ascending" ? 1 : -1;
    const rows = [...table.original];
    if (next !== "none") {
      rows.sort((a, b) => compare(value(a.cells[column]), value(b.cells[column]), way));
    }
    table.element.tBodies[0].append(...rows);
  };

  // A cell that a spreadsheet would take for a formula is marked as text, as in all CSV files.
  const formula = /^'*(?:[\t\r\n\0]|\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])/;
  const figure = /^'*-[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?: ?%)?$/;
  const quoted = (text) => {
    const safe = formula.test(text) && !figure.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const asCsv = (table) => {
    const heads = [...table.tHead.rows[0].cells].map((cell) => cell.dataset.csv);
    const rows = [...table.rows].slice(1).map((row) => [...row.cells].map(value));
    // The mark of the encoding is for spreadsheets, which guess another one without it.
    return `\ufeff${[heads, ...rows].map((row) => row.map(quoted).join(",")).join("\r\n")}\r\n`;
  };

  // A telephone shows the first rows of a long table until it is asked for the others.
  const fold = (element) => {
    const number = element.tBodies[0].rows.length;
    if (number <= 8) return;
    element.classList.add("folded");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "unfold";
    button.textContent = `Show all ${number} rows`;
    button.addEventListener("click", () => {
      element.classList.remove("folded");
      button.remove();
    });
    element.after(button);
  };

  // Keys can only scroll what can have the focus.
  const scrolls = () => {
    for (const element of document.querySelectorAll(".scroll")) {
      if (element.scrollWidth > element.clientWidth) element.tabIndex = 0;
      else element.removeAttribute("tabindex");
    }
  };

  for (const element of document.querySelectorAll("table")) {
    const table = { element, original: [...element.tBodies[0].rows] };
    element.classList.add("sortable");
    for (const heading of element.tHead.rows[0].cells) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = heading.textContent;
      heading.replaceChildren(button);
      heading.setAttribute("aria-sort", "none");
      const first = heading.classList.contains("word") ? "ascending" : "descending";
      button.addEventListener("click", () => sort(table, heading, first));
    }
    const download = document.createElement("button");
    download.type = "button";
    download.className = "download";
    download.textContent = "Download CSV";
    download.setAttribute("aria-label", `Download as CSV: ${element.caption.textContent}`);
    download.addEventListener("click", () => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([asCsv(element)], { type: "text/csv" }));
      link.download = `${element.id}.csv`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    });
    element.closest(".table").prepend(download);
    fold(element);
  }
  scrolls();
  window.addEventListener("resize", scrolls);
})();
