"use strict";
// Countdowns tick each second; a one-time code in the address is used at once and not kept there.
(function () {
  let band = null, ahead = 0;
  function two(number) { return String(number).padStart(2, "0"); }
  function tick() {
    // The system's clock counts, not that of this machine.
    const now = document.querySelector("[data-now]");
    if (now && now !== band) { band = now; ahead = Number(now.dataset.now) - Date.now(); }
    for (const element of document.querySelectorAll("[data-due]")) {
      const seconds = Math.max(0, Math.round((Number(element.dataset.due) - Date.now() - ahead) / 1000));
      const hours = Math.floor(seconds / 3600);
      element.textContent =
        hours + ":" + two(Math.floor(seconds / 60) % 60) + ":" + two(seconds % 60);
    }
  }
  function begin() {
    const form = document.getElementById("with-code");
    if (form && location.hash.startsWith("#code=")) {
      form.elements.code.value = decodeURIComponent(location.hash.slice(6));
      history.replaceState(null, "", location.pathname + location.search);
      form.submit();
    }
    tick();
    setInterval(tick, 1000);
  }
  document.addEventListener("DOMContentLoaded", begin);
  document.addEventListener("htmx:afterSwap", tick);
  document.addEventListener("htmx:sseOpen", function () {
    document.documentElement.dataset.live = "yes";
  });
  document.addEventListener("htmx:sseError", function () {
    document.documentElement.dataset.live = "no";
  });
  document.addEventListener("htmx:sseMessage", function (event) {
    document.documentElement.dataset.live = "yes";
    if (event.detail.type === "ended") location.reload();
  });
})();
