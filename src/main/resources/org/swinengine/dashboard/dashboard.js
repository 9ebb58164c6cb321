'use strict';
// Asks for the state of the run every two seconds and draws it. All texts go in as text, never as HTML.
(() => {
  const EVERY = 2000;
  const WIDTH = 480, HEIGHT = 230, LEFT = 52, RIGHT = 12, TOP = 10, BOTTOM = 26;
  const byId = id => document.getElementById(id);
  const PHASES = {
    starting: ['starting', 'live'], features: ['computing features', 'live'], training: ['training', 'live'],
    validating: ['validating', 'live'], completed: ['complete', 'good'], stopped: ['stopped', 'bad'],
  };

  function element(name, attributes, ...children) {
    const svg = ['svg', 'path', 'line', 'text', 'circle', 'title'].includes(name);
    const made = svg ? document.createElementNS('http://www.w3.org/2000/svg', name) : document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  function duration(seconds) {
    const whole = Math.round(seconds), two = n => String(n).padStart(2, '0');
    if (whole < 60) return whole + ' s';
    if (whole < 3600) return Math.floor(whole / 60) + ' min ' + two(whole % 60) + ' s';
    return Math.floor(whole / 3600) + ' h ' + two(Math.floor(whole % 3600 / 60)) + ' min';
  }

  function number(value) {
    if (!Number.isFinite(value)) return '–';
    const size = Math.abs(value);
    if (size !== 0 && (size < 1e-3 || size >= 1e6)) return Number(value.toPrecision(3)).toExponential();
    return size >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(4)));
  }

  /** From three to six round numbers over a range. */
  function ticks(low, high) {
    const rough = (high - low) / 4, power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map(f => f * power).find(s => s >= rough * 0.999);
    const found = [];
    for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) found.push(i * step);
    return found;
  }

  /** Means over a window that ends at each point, which calms a loss of single batches. */
  function smooth(values) {
    const weight = 1 - 1 / Math.max(1, Math.min(12, values.length / 40));
    let mean = 0, sum = 0;
    return values.map(value => {
      if (!Number.isFinite(value)) return NaN;
      mean = weight * mean + (1 - weight) * value;
      sum = weight * sum + 1 - weight;
      return mean / sum;
    });
  }

  class Chart {
    constructor(title) {
      this.legend = element('ul', {class: 'legend'});
      this.svg = element('svg', {viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': title});
      this.figure = element('figure', {}, element('figcaption', {}, title), this.legend, this.svg);
      this.pointer = null;
      this.svg.addEventListener('pointermove', event => {
        const box = this.svg.getBoundingClientRect();
        this.pointer = (event.clientX - box.left) / box.width * WIDTH;
        this.draw();
      });
      this.svg.addEventListener('pointerleave', () => { this.pointer = null; this.draw(); });
    }

    /** Series of {name, xs, ys, color, thin, dots}; x in epochs. */
    show(series, zero) {
      this.series = series.filter(s => s.ys.some(Number.isFinite));
      this.zero = zero;
      this.figure.hidden = this.series.length === 0;
      this.draw();
    }

    draw() {
      if (!this.series || this.series.length === 0) return;
      let low = Infinity, high = -Infinity, first = Infinity, last = -Infinity;
      for (const s of this.series) {
        s.ys.forEach((y, i) => {
          if (!Number.isFinite(y)) return;
          first = Math.min(first, s.xs[i]); last = Math.max(last, s.xs[i]);
          low = Math.min(low, y); high = Math.max(high, y);
        });
      }
      if (this.zero) low = Math.min(0, low);
      if (high === low) { const room = Math.abs(high) * 0.1 || 1; low = this.zero ? low : low - room; high += room; }
      const room = (high - low) * 0.05;
      high += room;
      if (!(low >= 0 && low - room < 0)) low -= room; else low = 0;
      const from = Math.floor(first + 1e-9), to = last > from ? last : from + 1;
      const x = value => LEFT + (value - from) / (to - from) * (WIDTH - LEFT - RIGHT);
      const y = value => HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM);
      const parts = [];
      for (const tick of ticks(low, high)) {
        parts.push(element('line', {class: 'grid', x1: LEFT, x2: WIDTH - RIGHT, y1: y(tick), y2: y(tick)}));
        parts.push(element('text', {x: LEFT - 6, y: y(tick) + 4, 'text-anchor': 'end'}, number(tick)));
      }
      for (const tick of ticks(from, to)) {
        parts.push(element('text', {x: x(tick), y: HEIGHT - 8, 'text-anchor': 'middle'}, number(tick)));
      }
      const at = this.pointer === null ? null : from + (this.pointer - LEFT) / (WIDTH - LEFT - RIGHT) * (to - from);
      this.legend.replaceChildren();
      for (const s of this.series) {
        let path = '', pen = 'M', shown = -1;
        s.ys.forEach((value, i) => {
          if (!Number.isFinite(value)) { pen = 'M'; return; }
          path += `${pen}${x(s.xs[i]).toFixed(1)} ${y(value).toFixed(1)}`;
          pen = 'L';
          if (shown < 0 || at === null || Math.abs(s.xs[i] - at) < Math.abs(s.xs[shown] - at)) shown = i;
        });
        parts.push(element('path', {class: `series s${s.color}${s.thin ? ' thin' : ''}`, d: path}));
        if (s.dots && s.ys.length <= 40) {
          s.ys.forEach((value, i) => Number.isFinite(value)
            && parts.push(element('circle', {class: `dot s${s.color}`, cx: x(s.xs[i]), cy: y(value), r: 2.6})));
        }
        if (s.thin) continue;
        if (at !== null) {
          parts.push(element('circle', {class: `dot s${s.color}`, cx: x(s.xs[shown]), cy: y(s.ys[shown]), r: 4}));
        }
        this.legend.append(element('li', {}, element('i', {class: 's' + s.color}), s.name + ' ',
          element('b', {}, number(s.ys[shown]))));
      }
      if (at !== null && at >= from && at <= to) {
        parts.push(element('line', {class: 'cross', x1: x(at), x2: x(at), y1: TOP, y2: HEIGHT - BOTTOM}));
        this.legend.append(element('li', {class: 'faint'}, 'epoch ' + at.toFixed(2)));
      }
      this.svg.replaceChildren(...parts);
    }
  }

  const charts = new Map();
  function chart(title, series, zero) {
    if (!charts.has(title)) {
      charts.set(title, new Chart(title));
      byId('charts').append(charts.get(title).figure);
    }
    charts.get(title).show(series, zero);
  }

  function words(key) {
    return key.replace(/^val_/, '').replace(/^top(\d)$/, 'top-$1').replace(/_/g, ' ').replace('f1', 'F1').replace(/^auc$/, 'AUC').replace(/^map$/, 'mAP').replace(/^dice$/, 'Dice').replace(/^iou$/, 'IoU');
  }

  function curves(state) {
    const history = state.history, steps = state.curve;
    const xs = history.map(line => line.epoch);
    const ofEpochs = (name, key, color) =>
      ({name, xs, ys: history.map(line => line[key]), color, dots: true});
    const ofSteps = (name, values, color, thin) => ({name, xs: steps.epochs, ys: values, color, thin});
    chart('Loss', [ofSteps('', steps.loss, 0, true), ofSteps('training, smoothed', smooth(steps.loss), 0),
      ofEpochs('training, epoch', 'train_loss', 2), ofEpochs('validation', 'val_loss', 1)], false);
    const keys = [...new Set(history.flatMap(line => Object.keys(line)))].filter(key => key.startsWith('val_')
      && key !== 'val_loss' && history.some(line => Number.isFinite(line[key])));
    const percent = keys.filter(key => /^val_top\d$/.test(key)), others = keys.filter(key => !percent.includes(key));
    if (percent.length) chart('Validation accuracy in percent', percent.map((k, i) => ofEpochs(words(k), k, i % 6)), false);
    if (others.length) chart('Validation metrics', others.map((k, i) => ofEpochs(words(k), k, i % 6)), false);
    chart('Learning rate', [ofSteps('learning rate', steps.lr, 2), ...(steps.lr.length ? [] : [ofEpochs('learning rate', 'lr', 2)])], true);
    chart('Gradient norm', [ofEpochs('mean of an epoch', 'gradient_norm', 3)], true);
    chart('Images a second', [ofSteps('images a second', steps.speed, 4), ofEpochs('epochs', 'images_per_second', 5)], true);
    byId('curves').hidden = [...charts.values()].every(chart => chart.figure.hidden);
  }

  function pairs(list, entries, wrap) {
    const nodes = entries.flatMap(([what, value]) => {
      const pair = [element('dt', {}, what), element('dd', {}, value)];
      return wrap ? [element('div', {}, ...pair)] : pair;
    });
    list.replaceChildren(...nodes);
  }

  function show(state) {
    const over = state.phase === 'completed' || state.phase === 'stopped';
    const [phase, kind] = PHASES[state.phase] || [state.phase, ''];
    byId('phase').textContent = phase;
    byId('phase').className = 'phase ' + kind;
    byId('name').textContent = state.name || '…';
    const part = state.steps_per_epoch ? Math.max(0, state.epoch - 1) + state.step / state.steps_per_epoch : state.epoch;
    const share = state.phase === 'completed' ? 1 : state.epochs ? Math.min(1, part / state.epochs) : 0;
    const percent = Math.floor(share * 100) + ' %';
    document.title = (over ? phase : percent) + ' · ' + (state.name || 'Training run');
    byId('bar').value = share;
    const left = Number.isFinite(state.seconds_left) && !over ? ', about ' + duration(state.seconds_left) + ' left' : '';
    byId('done').textContent = `${percent} after ${duration(state.seconds)}${left}`;
    const last = state.history[state.history.length - 1] || {}, speeds = state.curve.speed;
    const figures = [['epoch', `${state.epoch} of ${state.epochs}`]];
    if (state.steps_per_epoch) figures.push(['step of the epoch', `${state.step} of ${state.steps_per_epoch}`]);
    figures.push(['training loss', number(state.step ? state.epoch_loss : last.train_loss)]);
    if ('val_loss' in last) figures.push(['validation loss', number(last.val_loss)]);
    if (Number.isFinite(last.val_top1)) {
      const best = Math.max(...state.history.map(line => line.val_top1).filter(Number.isFinite));
      figures.push(['top-1', last.val_top1.toFixed(2) + ' %'], ['best top-1', best.toFixed(2) + ' %']);
    } else if (Number.isFinite(last.val_dice)) {
      const best = Math.max(...state.history.map(line => line.val_dice).filter(Number.isFinite));
      figures.push(['Dice', last.val_dice.toFixed(4)], ['best Dice', best.toFixed(4)]);
    } else if (Number.isFinite(last.val_auc)) {
      const best = Math.max(...state.history.map(line => line.val_auc).filter(Number.isFinite));
      figures.push(['AUC', last.val_auc.toFixed(4)], ['best AUC', best.toFixed(4)]);
    }
    if (speeds.length) figures.push(['images a second', number(speeds[speeds.length - 1])]);
    pairs(byId('figures'), figures, true);
    pairs(byId('facts'), Object.entries(state.facts), false);
    byId('report').hidden = !state.report;
    if (over && state.report) keepReport();
    curves(state);
    const log = byId('log'), text = state.log.join('\n');
    if (log.textContent !== text) {
      const below = log.scrollHeight - log.scrollTop - log.clientHeight < 30;
      log.textContent = text;
      if (below) log.scrollTop = log.scrollHeight;
    }
    return over;
  }

  /** The server ends with the run; the page keeps the report, to be saved from here. */
  let kept = null;
  async function keepReport() {
    if (kept) return;
    kept = 'asked';
    try {
      const answer = await fetch('/report.html', {cache: 'no-store'});
      kept = answer.ok ? URL.createObjectURL(await answer.blob()) : null;
    } catch (error) {
      kept = null;
    }
  }

  function lost(state) {
    const folder = state && state.facts.folder ? ' Its files are in ' + state.facts.folder + '.' : '';
    const over = state && (state.phase === 'completed' || state.phase === 'stopped');
    byId('notice').textContent = (over ? 'The run is over, and its server with it.'
      : 'The run does not answer: it has ended, or the way to it is cut.') + folder;
    byId('notice').className = over ? 'faint' : 'notice';
    byId('notice').hidden = false;
    const link = byId('report');
    link.hidden = !(kept && kept.startsWith('blob:'));
    if (!link.hidden) {
      link.href = kept;
      link.download = state.name + '-report.html';
      link.removeAttribute('target');
      link.textContent = 'Save the report';
    }
    if (!over) {
      byId('phase').textContent = 'no answer';
      byId('phase').className = 'phase bad';
    }
  }

  let known = null;
  async function look() {
    let again = EVERY;
    try {
      const answer = await fetch('/state.json', {cache: 'no-store', signal: AbortSignal.timeout(10000)});
      if (!answer.ok) throw new Error('status ' + answer.status);
      known = await answer.json();
      byId('notice').hidden = true;
      show(known);
    } catch (error) {
      lost(known);
      again = 2 * EVERY;
      // After the end there is nothing to come back to.
      if (known && known.phase === 'completed') return;
    }
    setTimeout(look, again);
  }
  look();
})();
