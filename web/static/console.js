// What the pages cannot say by themselves: clocks that run, questions before deeds, a line that broke.
(function () {
  "use strict";

  function length(ms) {
    var s = Math.max(0, Math.floor(ms / 1000));
    var two = function (n) { return (n < 10 ? "0" : "") + n; };
    if (s < 3600) return Math.floor(s / 60) + ":" + two(s % 60);
    return Math.floor(s / 3600) + ":" + two(Math.floor(s / 60) % 60) + ":" + two(s % 60);
  }

  function tick() {
    var now = Date.now();
    document.querySelectorAll("time[data-since]").forEach(function (e) {
      var text = length(now - Number(e.dataset.since));
      if (e.textContent !== text) e.textContent = text;
    });
  }
  tick();
  setInterval(tick, 1000);

  document.addEventListener("submit", function (e) {
    var sure = e.submitter && e.submitter.dataset.sure;
    if (sure && !window.confirm(sure)) e.preventDefault();
  });

  document.addEventListener("htmx:afterSwap", tick);
  document.addEventListener("htmx:sseMessage", tick);
  function lost(is) {
    var e = document.getElementById("lost");
    if (e) e.hidden = !is;
  }
  document.addEventListener("htmx:sseError", function () { lost(true); });
  document.addEventListener("htmx:sseOpen", function () { lost(false); });
})();
