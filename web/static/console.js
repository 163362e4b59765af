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

  // Before htmx sees the form: what somebody has thought better of is not sent.
  document.addEventListener("submit", function (e) {
    var b = e.submitter, sure = b && b.dataset.sure;
    if (!sure) return;
    if (b.querySelector(".unseen")) sure = b.textContent.trim() + ". " + sure; // whom it is about
    if (window.confirm(sure)) return;
    e.preventDefault();
    e.stopImmediatePropagation();
  }, true);

  // What is wider than the screen is scrolled by keys, too.
  function reachable() {
    document.querySelectorAll(".wide, section, pre").forEach(function (e) {
      var scrolls = e.scrollWidth > e.clientWidth && getComputedStyle(e).overflowX !== "visible";
      if (scrolls && !e.hasAttribute("tabindex")) e.dataset.reachable = e.tabIndex = 0;
      if (!scrolls && e.dataset.reachable) {
        e.removeAttribute("tabindex");
        delete e.dataset.reachable;
      }
    });
  }
  reachable();
  window.addEventListener("resize", reachable);
  document.addEventListener("htmx:afterSwap", reachable);
  document.addEventListener("htmx:sseMessage", reachable);

  // A board that is drawn anew keeps open what somebody has opened.
  var opened = [];
  document.addEventListener("htmx:sseBeforeMessage", function () {
    opened = Array.prototype.map.call(document.querySelectorAll("details[id][open]"), function (e) { return e.id; });
  });
  document.addEventListener("htmx:sseMessage", function () {
    opened.forEach(function (id) {
      var e = document.getElementById(id);
      if (e) e.open = true;
    });
  });

  // Why something could not be done.
  function told(text) {
    var e = document.getElementById("told");
    if (!e) return;
    e.textContent = text;
    e.hidden = !text;
  }
  document.addEventListener("refused", function (e) { told(e.detail.text); });
  document.addEventListener("htmx:beforeRequest", function () { told(""); });

  document.addEventListener("htmx:afterSwap", tick);
  document.addEventListener("htmx:sseMessage", tick);
  function lost(is) {
    var e = document.getElementById("lost");
    if (e) e.hidden = !is;
  }
  document.addEventListener("htmx:sseError", function () { lost(true); });
  document.addEventListener("htmx:sseOpen", function () { lost(false); });
})();
