// Draws a picture of each table of figures: what it shows stands in the table beneath.
(function () {
  "use strict";

  function color(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }

  function clock(s) {
    s = Math.round(s);
    var two = function (n) { return (n < 10 ? "0" : "") + n; };
    if (s < 3600) return Math.floor(s / 60) + ":" + two(s % 60);
    return Math.floor(s / 3600) + ":" + two(Math.floor(s / 60) % 60) + ":" + two(s % 60);
  }

  var say = {
    count: function (n) { return n === null ? "" : String(n); },
    time: function (n) { return n === null ? "" : clock(n); },
    share: function (n) { return n === null ? "" : Math.round(n) + "%"; },
    rating: function (n) { return n === null ? "" : n.toFixed(1); }
  };

  // read takes labels, names and numbers out of a table; a column without numbers is left out.
  function read(table) {
    var labels = [], columns = [], names = [];
    table.querySelectorAll("thead th").forEach(function (th, i) { if (i > 0) names.push(th.textContent); });
    names.forEach(function () { columns.push([]); });
    table.querySelectorAll("tbody tr").forEach(function (tr) {
      labels.push(tr.querySelector("th").textContent);
      tr.querySelectorAll("td").forEach(function (td, i) {
        columns[i].push(td.dataset.value === "" ? null : Number(td.dataset.value));
      });
    });
    var used = columns.map(function (c) { return c.some(function (n) { return n !== null; }); });
    var keep = function (_, i) { return used[i]; };
    return { labels: labels, names: names.filter(keep), columns: columns.filter(keep) };
  }

  function draw(place) {
    var table = document.getElementById(place.dataset.table);
    var data = read(table), unit = place.dataset.unit, bars = place.dataset.shape === "bars";
    if (data.labels.length === 0 || data.columns.length === 0) { place.hidden = true; return; }
    var inks = ["--accent", "--good", "--bad", "--warn"].map(color);
    var dashes = [[], [8, 4], [2, 3], [10, 3, 2, 3]]; // lines are told apart without their colours, too
    var n = data.columns.length;
    var series = [{ label: table.querySelector("thead th").textContent, value: function (u, i) { return i === null ? "" : data.labels[i]; } }];
    data.names.forEach(function (name, i) {
      var one = { label: name, stroke: inks[i % 4], width: 2, dash: bars ? [] : dashes[i % 4], value: function (u, v) { return v === undefined ? "" : say[unit](v); }, points: { size: 6 } };
      if (bars) {
        one.fill = inks[i % 4];
        one.width = 0;
        one.points = { show: false };
        one.paths = beside(i, n);
      }
      series.push(one);
    });
    var x = data.labels.map(function (_, i) { return i; });
    var axis = { stroke: color("--faint"), grid: { stroke: color("--line"), width: 1 }, ticks: { stroke: color("--line"), width: 1 } };
    var chart = new uPlot({
      width: place.clientWidth || 600, height: 240, series: series, padding: [12, 16, 0, 0],
      cursor: { drag: { x: true, y: false } },
      scales: {
        x: { time: false, range: function (u, low, high) { return [low - 0.5, high + 0.5]; } },
        y: { range: function (u, low, high) { return unit === "share" ? [0, 100] : unit === "rating" ? [0, 10] : [0, Math.max(high || 0, 1) * 1.05]; } }
      },
      axes: [
        Object.assign({ space: 90, incrs: [1, 2, 4, 6, 7, 12, 14, 24, 28, 48, 72, 168], values: function (u, at) { return at.map(function (i) { return Number.isInteger(i) ? data.labels[i] || "" : ""; }); } }, axis),
        Object.assign({ size: 64, values: function (u, at) { return at.map(function (v) { return unit === "rating" ? String(v) : say[unit](v); }); } }, axis)
      ]
    }, [x].concat(data.columns), place);
    place.chart = chart;
  }

  // beside draws the bars of one of n series: those of a moment stand beside one another.
  function beside(i, n) {
    return function (u, s, from, to) {
      var path = new Path2D(), xs = u.data[0], ys = u.data[s];
      var step = u.valToPos(1, "x", true) - u.valToPos(0, "x", true);
      var wide = Math.max(1, Math.min(60, step * 0.8 / n)), left = wide * (i - n / 2);
      var bottom = u.valToPos(0, "y", true);
      for (var k = from; k <= to; k++) {
        if (ys[k] === null || ys[k] === undefined) continue;
        var top = u.valToPos(ys[k], "y", true);
        path.rect(u.valToPos(xs[k], "x", true) + left, top, Math.max(1, wide - 1), bottom - top);
      }
      return { fill: path, stroke: null };
    };
  }

  function all() {
    document.querySelectorAll(".plot").forEach(function (place) {
      if (place.chart) { place.chart.destroy(); place.chart = null; }
      draw(place);
    });
  }

  all();
  var waits;
  function later() { clearTimeout(waits); waits = setTimeout(all, 150); }
  window.addEventListener("resize", later);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all);
  window.addEventListener("beforeprint", all);
})();
