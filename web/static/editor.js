// The editor of the file: numbers beside the lines, and the way from a mistake to its place.
(function () {
  "use strict";
  var text = document.getElementById("text"), lines = document.getElementById("lines"), shown = 0;
  if (!text || !lines) return;

  function number() {
    var n = text.value.split("\n").length;
    if (n !== shown) {
      var all = "";
      for (var i = 1; i <= n; i++) all += i + "\n";
      lines.textContent = all;
      shown = n;
    }
    lines.scrollTop = text.scrollTop;
  }
  text.addEventListener("input", number);
  text.addEventListener("scroll", function () { lines.scrollTop = text.scrollTop; });
  number();

  document.addEventListener("click", function (e) {
    var line = e.target.dataset && Number(e.target.dataset.line);
    if (!line) return;
    var before = text.value.split("\n").slice(0, line - 1).join("\n");
    var at = before.length + (line > 1 ? 1 : 0) + Number(e.target.dataset.column) - 1;
    text.focus();
    text.setSelectionRange(at, at);
    text.scrollTop = (line - 5) * parseFloat(getComputedStyle(text).lineHeight);
  });
})();
