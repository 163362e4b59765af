// Draws the shape of a recording, and lets one move in it with mouse and keyboard. The browser's own player stays beneath.
(function () {
  "use strict";

  function color(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }

  function clock(s) {
    s = Math.max(0, Math.round(s));
    var two = function (n) { return (n < 10 ? "0" : "") + n; };
    if (s < 3600) return Math.floor(s / 60) + ":" + two(s % 60);
    return Math.floor(s / 3600) + ":" + two(Math.floor(s / 60) % 60) + ":" + two(s % 60);
  }

  function start(box, shape) {
    var canvas = box.querySelector("canvas"), audio = box.querySelector("audio");
    var pen = canvas.getContext("2d"), seconds = shape.seconds;
    canvas.hidden = false;
    box.querySelector(".keys").hidden = false;

    function paint() {
      var ratio = window.devicePixelRatio || 1, wide = canvas.clientWidth, high = canvas.clientHeight;
      canvas.width = wide * ratio;
      canvas.height = high * ratio;
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      pen.clearRect(0, 0, wide, high);
      var loudest = 1, lanes = shape.channels.length, lane = high / lanes;
      shape.channels.forEach(function (c) { c.forEach(function (n) { loudest = Math.max(loudest, n); }); });
      shape.channels.forEach(function (c, i) {
        var middle = lane * (i + 0.5), step = wide / c.length;
        pen.fillStyle = color(i === 0 ? "--accent" : "--warn");
        c.forEach(function (n, k) {
          var size = Math.max(1, n / loudest * (lane - 6));
          pen.fillRect(k * step, middle - size / 2, Math.max(0.5, step - (step > 3 ? 1 : 0)), size);
        });
      });
      var x = seconds > 0 ? audio.currentTime / seconds * wide : 0;
      pen.fillStyle = color("--ink");
      pen.fillRect(Math.min(x, wide - 2), 0, 2, high);
      canvas.setAttribute("aria-valuemax", String(Math.round(seconds)));
      canvas.setAttribute("aria-valuenow", String(Math.round(audio.currentTime)));
      canvas.setAttribute("aria-valuetext", clock(audio.currentTime) + " / " + clock(seconds));
    }

    function go(to) {
      to = Math.min(Math.max(0, to), Math.max(0, seconds - 0.05));
      if (audio.readyState > 0) { audio.currentTime = to; paint(); return; }
      audio.addEventListener("loadedmetadata", function () { audio.currentTime = to; paint(); }, { once: true });
      audio.preload = "auto";
      audio.load();
    }

    function toggle() { if (audio.paused) audio.play().catch(function () {}); else audio.pause(); }

    canvas.addEventListener("click", function (e) {
      var r = canvas.getBoundingClientRect();
      go((e.clientX - r.left) / r.width * seconds);
    });
    canvas.addEventListener("keydown", function (e) {
      var by = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5, PageDown: -30, PageUp: 30 }[e.key];
      if (by) go(audio.currentTime + by);
      else if (e.key === "Home") go(0);
      else if (e.key === "End") go(seconds);
      else if (e.key === " " || e.key === "Enter") toggle();
      else return;
      e.preventDefault();
    });
    ["timeupdate", "seeked", "play", "pause", "ended"].forEach(function (what) { audio.addEventListener(what, paint); });
    window.addEventListener("resize", paint);
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
    paint();
  }

  document.querySelectorAll(".player").forEach(function (box) {
    var audio = box.querySelector("audio"), speeds = box.querySelector(".speeds");
    speeds.hidden = false;
    speeds.addEventListener("change", function (e) { audio.playbackRate = audio.defaultPlaybackRate = Number(e.target.value); });
    fetch(box.dataset.peaks, { credentials: "same-origin" }).then(function (r) { return r.ok ? r.json() : null; }).then(function (shape) {
      if (shape && shape.channels.length > 0 && shape.channels[0].length > 0) start(box, shape);
    }).catch(function () {});
  });
})();
