"use strict";
// No "less than" and no "and" signs here: the page is XML as well.

function sortable(table) {
  const heads = Array.from(table.tHead.rows[0].cells);
  const body = table.tBodies[0];
  const value = (row, column) => {
    const cell = row.cells[column];
    const text = cell.dataset.value ?? cell.textContent;
    const number = parseFloat(text);
    return column === 0 ? text.toLowerCase() : Number.isNaN(number) ? -1 : number;
  };
  heads.forEach((head, column) => {
    if (head.classList.contains("plain")) { return; }
    head.tabIndex = 0;
    const sort = () => {
      const up = head.getAttribute("aria-sort") === null ? column === 0 : head.getAttribute("aria-sort") === "descending";
      heads.forEach(other => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const rows = Array.from(body.rows).map(row => [value(row, column), row]);
      rows.sort((a, b) => (a[0] > b[0] ? 1 : b[0] > a[0] ? -1 : 0) * (up ? 1 : -1));
      rows.forEach(entry => body.append(entry[1]));
    };
    head.addEventListener("click", sort);
    head.addEventListener("keydown", event => { if (event.key === "Enter") { sort(); } });
  });
}

function filter(input, table) {
  input.addEventListener("input", () => {
    const wanted = input.value.toLowerCase();
    for (const row of table.tBodies[0].rows) {
      row.hidden = !row.cells[0].textContent.toLowerCase().includes(wanted);
    }
  });
}

class Confusion {
  constructor(canvas, data, place) {
    this.canvas = canvas;
    this.place = place;
    this.names = data.names;
    this.totals = data.totals;
    this.cells = data.cells;
    this.counts = new Map();
    for (let i = 0; this.cells.length > i; i += 3) {
      this.counts.set(this.cells[i] * this.names.length + this.cells[i + 1], this.cells[i + 2]);
    }
    this.zoom = 1;
    this.at = [0, 0];
    canvas.addEventListener("pointermove", event => this.point(event));
    canvas.addEventListener("pointerdown", event => this.point(event));
    canvas.addEventListener("keydown", event => this.key(event));
    new ResizeObserver(() => this.draw()).observe(canvas.parentElement);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    this.draw();
    this.say();
  }

  side() { return Math.max(120, Math.min(this.canvas.parentElement.clientWidth, 700)) * this.zoom; }

  draw() {
    const side = Math.min(8000, Math.floor(this.side()));
    const ratio = Math.min(devicePixelRatio || 1, 8000 / side);
    this.canvas.style.width = this.canvas.style.height = side + "px";
    this.canvas.width = this.canvas.height = Math.floor(side * ratio);
    const colors = getComputedStyle(document.documentElement);
    const heat = colors.getPropertyValue("--heat");
    const cold = colors.getPropertyValue("--cold");
    const pen = this.canvas.getContext("2d");
    const cell = this.canvas.width / this.names.length;
    pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    const dot = Math.max(cell, 2.5 * ratio);
    const paint = (right) => {
      for (let i = 0; this.cells.length > i; i += 3) {
        const actual = this.cells[i];
        const predicted = this.cells[i + 1];
        if ((actual === predicted) === right) {
          const share = this.cells[i + 2] / this.totals[actual];
          pen.fillStyle = "rgba(" + (right ? heat : cold) + "," + (right ? 0.25 + 0.75 * share : 0.45 + 0.55 * share).toFixed(3) + ")";
          pen.fillRect((predicted + 0.5) * cell - dot / 2, (actual + 0.5) * cell - dot / 2, dot, dot);
        }
      }
    };
    paint(true);
    paint(false);
    pen.strokeStyle = colors.getPropertyValue("--ink");
    pen.lineWidth = ratio;
    const mark = Math.max(cell, 7 * ratio);
    pen.strokeRect((this.at[1] + 0.5) * cell - mark / 2, (this.at[0] + 0.5) * cell - mark / 2, mark, mark);
  }

  point(event) {
    const box = this.canvas.getBoundingClientRect();
    const n = this.names.length;
    const pick = (offset, side) => Math.max(0, Math.min(n - 1, Math.floor(offset / side * n)));
    let row = pick(event.clientY - box.top, box.height);
    let column = pick(event.clientX - box.left, box.width);
    // Where cells are smaller than a finger or a pixel, the largest count nearby is meant.
    const reach = Math.ceil(Math.max(0, 3 / (box.width / n) - 0.5));
    let best = this.count(row, column);
    const start = [row, column];
    for (let r = Math.max(0, start[0] - reach); Math.min(n - 1, start[0] + reach) >= r; r++) {
      for (let c = Math.max(0, start[1] - reach); Math.min(n - 1, start[1] + reach) >= c; c++) {
        if (this.count(r, c) > best) { best = this.count(r, c); row = r; column = c; }
      }
    }
    this.move(row, column);
  }

  key(event) {
    const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const step = steps[event.key];
    if (step === undefined) { return; }
    event.preventDefault();
    const n = this.names.length;
    this.move((this.at[0] + step[0] + n) % n, (this.at[1] + step[1] + n) % n);
  }

  move(row, column) {
    if (row === this.at[0]) { if (column === this.at[1]) { return; } }
    this.at = [row, column];
    this.draw();
    this.say();
  }

  count(row, column) { return this.counts.get(row * this.names.length + column) ?? 0; }

  say() {
    const count = this.count(this.at[0], this.at[1]);
    const total = this.totals[this.at[0]];
    const share = total > 0 ? ", " + (100 * count / total).toFixed(1) + " % of the class" : "";
    const same = this.at[0] === this.at[1];
    this.place.textContent = this.names[this.at[0]] + (same ? " rightly recognised: " : " taken for " + this.names[this.at[1]] + ": ")
      + count + share;
  }

  scale(factor) {
    this.zoom = Math.max(1, Math.min(10, this.zoom * factor));
    this.draw();
  }
}

document.querySelectorAll("table.sortable").forEach(sortable);
const search = document.getElementById("class-filter");
if (search !== null) { filter(search, document.getElementById("class-table")); }
const matrix = document.getElementById("confusion-matrix");
if (matrix !== null) {
  const data = JSON.parse(document.getElementById("confusion-data").textContent);
  const confusion = new Confusion(matrix, data, document.getElementById("confusion-at"));
  document.querySelectorAll("button[data-zoom]").forEach(
    button => button.addEventListener("click", () => confusion.scale(parseFloat(button.dataset.zoom))));
}

for (const volume of document.querySelectorAll(".slices")) {
  const slices = Array.from(volume.querySelectorAll(".samples"));
  const slider = volume.querySelector("input");
  const place = volume.querySelector("output");
  const show = () => {
    slices.forEach((slice, number) => { slice.hidden = number !== slider.valueAsNumber; });
    place.textContent = "slice " + slices[slider.valueAsNumber].dataset.slice;
  };
  slider.addEventListener("input", show);
  show();
}
