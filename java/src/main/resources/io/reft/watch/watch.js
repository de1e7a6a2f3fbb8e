'use strict';
// The page of reft watch and reft report: curves by uPlot, samples, the log. What comes from a model, a data set or a run's folder is put
// into the page as text (textContent), never as HTML.
(() => {
  const byId = id => document.getElementById(id);

  /** An element with attributes and contents; texts become text nodes. */
  function el(name, attributes, ...contents) {
    const e = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (key === 'on') {
        Object.entries(value).forEach(([event, action]) => e.addEventListener(event, action));
      } else if (key === 'style') {
        Object.assign(e.style, value);
      } else if (value !== null && value !== undefined && value !== false) {
        e.setAttribute(key, value === true ? '' : value);
      }
    }
    e.append(...contents.filter(c => c !== null && c !== undefined));
    return e;
  }

  const finite = v => typeof v === 'number' && Number.isFinite(v);

  function short(v) {
    if (!finite(v)) {
      return '–';
    }
    const size = Math.abs(v);
    return size !== 0 && (size < 1e-3 || size >= 1e6) ? v.toExponential(2) : String(+v.toPrecision(4));
  }

  function clock(seconds) {
    const s = Math.max(0, Math.round(seconds)), two = n => String(n).padStart(2, '0');
    return s < 3600 ? `${Math.floor(s / 60)}:${two(s % 60)}` : `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  }

  // ---------------------------------------------------------------- where the data comes from

  /** A server that tells what is new. */
  class Live {
    listen(on) {
      const events = new EventSource('api/events');
      events.addEventListener('runs', e => on.runs(JSON.parse(e.data)));
      events.addEventListener('news', e => on.news(JSON.parse(e.data)));
      events.addEventListener('model', e => on.model(JSON.parse(e.data)));
      events.onopen = () => on.connection('live');
      events.onerror = () => on.connection('reft watch does not answer; trying again');
    }

    async get(path, query) {
      const answer = await fetch(path + '?' + new URLSearchParams(query));
      if (!answer.ok) {
        throw new Error((await answer.text()).trim());
      }
      return answer.json();
    }

    samples(query) {
      return this.get('api/samples', query);
    }

    sample(run, id) {
      return this.get('api/sample', {run, id});
    }
  }

  /** What stands in the page itself: a report. */
  class Embedded {
    constructor(data) {
      this.data = data;
    }

    listen(on) {
      on.connection('report of ' + this.data.made);
      on.runs(this.data.runs.map(r => r.about));
      this.data.runs.forEach((r, run) => on.news({run, afresh: true, rows: r.rows, log: r.log}));
    }

    async samples(q) {
      const within = (v, least, most) => (!least || v >= +least) && (!most || v <= +most);
      const all = this.data.runs[+q.run || 0].samples.filter(s => (!q.verdict || q.verdict === s.verdict)
        && within(s.score, q.least, q.most)
        && within(s.iteration, q.first, q.last) && (!q.item || q.item === s.item_id)
        && (!q.question || s.question.toLowerCase().includes(q.question.toLowerCase())));
      const ordered = q.order === 'first' ? all : all.slice().reverse(), skip = +q.skip || 0;
      return {total: all.length, samples: ordered.slice(skip, skip + (+q.limit || 50)).map(s => ({...s, tokens: s.completion_ids.length}))};
    }

    async sample(run, id) {
      return this.data.runs[run].samples.find(s => s.id === id);
    }
  }

  const data = byId('data');
  const source = data ? new Embedded(JSON.parse(data.textContent)) : new Live();

  // ---------------------------------------------------------------- runs

  const LIGHT = ['#0a58b5', '#b3401e', '#1a6e2e', '#7b2cbf', '#8a5a00', '#00717d', '#a61e6d', '#4a4f57'];
  const DARK = ['#8ab8ff', '#ff9e7a', '#7fd492', '#cfa3ff', '#f0c04f', '#5fd3df', '#ff94cd', '#c3c9d1'];
  const DASHES = [[], [8, 4], [2, 4], [10, 4, 2, 4]];
  const runs = []; // {about, rows, log, shown}

  function dark() {
    const chosen = document.documentElement.dataset.theme;
    return chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  }

  const colour = number => (dark() ? DARK : LIGHT)[number % LIGHT.length];
  const dash = number => DASHES[Math.floor(number / LIGHT.length) % DASHES.length];
  const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function run(number) {
    while (runs.length <= number) {
      runs.push({about: {name: 'run ' + runs.length, status: 'absent'}, rows: [], log: [], shown: true});
    }
    return runs[number];
  }

  const STATUS = {absent: 'not there', running: 'running', stopped: 'stopped', finished: 'finished'};

  function progressText(r) {
    const p = r.about.progress, status = STATUS[r.about.status] || '';
    if (r.about.status !== 'running' || !p || p.ended) {
      const chosen = r.about.selection && r.about.selection.chosen ? ', kept the model after ' + r.about.selection.chosen : '';
      return status + (r.about.status === 'running' ? '' : chosen);
    }
    const share = p.total > 0 ? ` of ${p.total} ${p.unit} (${Math.floor(100 * p.done / p.total)} %)` : ` ${p.unit}`;
    const rate = (p.done - p.from) / Math.max(1, p.updated - p.began);
    const left = p.total > 0 && rate > 0 ? `, ${clock((p.total - p.done) / rate / 1000)} left` : '';
    return `${p.task}: ${p.done}${share}${left}${p.note ? ', ' + p.note : ''}`;
  }

  function showRuns() {
    byId('runs').replaceChildren(...runs.map((r, number) => {
      const p = r.about.progress;
      const share = r.about.status === 'finished' ? 1 : p && p.total > 0 ? p.done / p.total : 0;
      return el('div', {class: 'run'},
        el('label', {}, el('input', {type: 'checkbox', checked: r.shown, on: {change: e => {
          r.shown = e.target.checked;
          drawSoon();
        }}}), el('span', {class: 'swatch', style: {borderColor: colour(number)}}), el('span', {}, r.about.name)),
        el('progress', {max: 1, value: share, 'aria-label': 'progress of ' + r.about.name}),
        el('p', {}, progressText(r)));
    }));
    const select = byId('filter-run'), chosen = select.value;
    if (select.options.length !== runs.length) {
      select.replaceChildren(...runs.map((r, number) => el('option', {value: number}, r.about.name)));
      select.value = chosen || String(Math.max(0, runs.findIndex(r => r.about.samples > 0)));
    }
    showOptions();
  }

  /** Sentences that ask for somebody's attention. */
  const WARNING = /healthy:|hacking|diverg|not finite|longer than .* left out|fail(s)? the audit/;

  function showLog() {
    byId('log').replaceChildren(...runs.map(r => el('div', {}, el('h2', {}, r.about.name),
      el('pre', {tabindex: '0', 'aria-label': 'log of ' + r.about.name}, r.log.length ? r.log.join('\n') : 'Nothing was said yet.'))));
    const warnings = runs.flatMap(r => r.log.filter(line => WARNING.test(line)).slice(-2).map(line => r.about.name + ': '
      + line.replace(/^\S+Z /, '')));
    byId('warnings').hidden = warnings.length === 0;
    byId('warnings').replaceChildren(...warnings.slice(-4).map(w => el('p', {}, '⚠ ' + w)));
  }

  function showOptions() {
    const names = [...new Set(runs.flatMap(r => Object.keys(r.about.options || {})))];
    const cell = v => v === undefined || v === null ? '' : typeof v === 'object' ? JSON.stringify(v) : String(v);
    const head = el('tr', {}, el('th', {scope: 'col'}, 'option'), ...runs.map(r => el('th', {scope: 'col'}, r.about.name)));
    const row = (name, of) => el('tr', {}, el('th', {scope: 'row'}, name), ...runs.map(r => el('td', {}, cell(of(r.about)))));
    byId('options').replaceChildren(el('table', {}, el('thead', {}, head), el('tbody', {}, row('command', a => a.command),
      row('started', a => a.started), row('version', a => a.version), row('device', a => a.device),
      ...names.map(name => row(name, a => (a.options || {})[name])))));
  }

  // ---------------------------------------------------------------- curves

  const second = r => {
    const ms = (r.rollout_ms || 0) + (r.score_ms || 0) + (r.update_ms || 0);
    return finite(r.tokens_per_s) ? r.tokens_per_s : finite(r.tokens) && ms > 0 ? 1000 * r.tokens / ms : null;
  };
  const CHARTS = [
    {name: 'Accuracy on development questions', of: r => finite(r.dev_accuracy) ? r.dev_accuracy : r.test_accuracy, points: true},
    {name: 'Accuracy of the samples', key: 'accuracy'},
    {name: 'Score', key: 'score'},
    {name: 'KL to the reference', key: 'kl', hint: 'nats a completion'},
    {name: 'Entropy', key: 'entropy', hint: 'nats a token'},
    {name: 'Length', key: 'actions', hint: 'tokens a completion'},
    {name: 'Cut at the length limit', key: 'unfinished', hint: 'share of completions; healthy below 0.3'},
    {name: 'Loss', key: 'loss'},
    {name: 'Policy loss', key: 'policy_loss'},
    {name: 'Value loss', key: 'value_loss'},
    {name: 'KL loss', key: 'kl_loss'},
    {name: 'Loss of right solutions', key: 'right_loss'},
    {name: 'Loss of gold solutions', key: 'gold_loss'},
    {name: 'Gradient norm', key: 'grad_norm', hint: 'before clipping'},
    {name: 'Tokens a second', of: second},
    {name: 'Learning rate', key: 'lr'},
    {name: 'Groups with signal', key: 'groups_with_signal', hint: 'share of groups whose scores differ; healthy above 0.1'},
    {name: 'Clipped ratios', key: 'clipped', hint: 'share of tokens'},
  ];
  const HANDLED = new Set(CHARTS.map(c => c.key).concat(['step', 'epoch', 'iteration', 'dev_accuracy', 'test_accuracy', 'low', 'high',
    'tokens', 'tokens_per_s', 'rollout_ms', 'score_ms', 'update_ms']));
  const PLOTS = new Map(); // chart's name → {plot, box, last, shown}
  let smoothing = 0, logarithmic = false, shares = false, sharesChosen = false, zoomed = null, drawing = false;

  /** Steps or iterations of a row; epochs as the steps that they take. */
  function place(row, perEpoch) {
    return finite(row.iteration) ? row.iteration : finite(row.step) ? row.step : finite(row.epoch) ? row.epoch * perEpoch : null;
  }

  /** Where a run ends: as planned, or as far as it is known. */
  function end(r, perEpoch) {
    const p = r.about.progress, planned = p && /^(steps|iterations)$/.test(p.unit) ? p.total : 0;
    return Math.max(1, planned, ...r.rows.slice(-50).map(row => place(row, perEpoch) || 0));
  }

  function points(r, of) {
    const both = r.rows.find(row => finite(row.step) && finite(row.epoch) && row.epoch > 0);
    const perEpoch = both ? both.step / both.epoch : 1;
    const xs = [], ys = [];
    for (const row of r.rows) {
      const x = place(row, perEpoch), y = of(row);
      if (x !== null && finite(y)) {
        if (xs.length && x <= xs[xs.length - 1]) {
          while (xs.length && xs[xs.length - 1] >= x) {
            xs.pop();
            ys.pop();
          }
        }
        xs.push(x);
        ys.push(y);
      }
    }
    const last = shares ? end(r, perEpoch) : 1;
    return [shares ? xs.map(x => x / last) : xs, ys];
  }

  /** Exponential moving average, without the pull towards the start. */
  function smoothed(ys) {
    let sum = 0, weight = 0;
    return smoothing === 0 ? ys : ys.map(y => {
      sum = smoothing * sum + (1 - smoothing) * y;
      weight = smoothing * weight + (1 - smoothing);
      return sum / weight;
    });
  }

  function charts() {
    const others = new Set();
    runs.forEach(r => r.rows.forEach(row => Object.keys(row).forEach(key => {
      if (!HANDLED.has(key) && finite(row[key])) {
        others.add(key);
      }
    })));
    return CHARTS.concat([...others].sort().map(key => ({name: key.replaceAll('_', ' '), key})));
  }

  function drawSoon() {
    if (!drawing) {
      drawing = true;
      setTimeout(() => requestAnimationFrame(() => {
        drawing = false;
        draw();
      }), 50);
    }
  }

  function draw() {
    if (byId('curves').hidden) {
      return;
    }
    const shown = runs.map((r, number) => ({r, number})).filter(s => s.r.shown);
    if (!sharesChosen) { // steps and iterations have no common scale
      shares = new Set(shown.map(s => s.r.rows.some(row => finite(row.iteration)))).size > 1;
      byId('against').value = shares ? 'share' : 'steps';
    }
    for (const chart of charts()) {
      const of = chart.of || (row => row[chart.key]);
      const series = shown.map(({r, number}) => ({r, number, xy: points(r, of)})).filter(s => s.xy[0].length);
      show(chart, series);
    }
  }

  function show(chart, series) {
    let drawn = PLOTS.get(chart.name);
    if (!series.length) {
      if (drawn) {
        drawn.box.hidden = true;
      }
      return;
    }
    if (!drawn) {
      const last = el('p', {class: 'last'}), canvas = el('div', {tabindex: '0', role: 'img', 'aria-label': 'Curves of ' + chart.name});
      const read = el('p', {'aria-live': 'polite', class: 'read'});
      const box = el('section', {class: 'chart', 'aria-label': chart.name}, el('h2', {}, chart.name),
        chart.hint ? el('p', {}, chart.hint) : null, last, canvas, read);
      drawn = {box, canvas, last, read, plot: null, what: ''};
      canvas.addEventListener('keydown', e => keys(e, drawn));
      PLOTS.set(chart.name, drawn);
      byId('charts').append(box);
    }
    drawn.box.hidden = false;
    drawn.last.replaceChildren(...series.map(s => el('span', {'data-run': s.r.about.name, 'data-value': s.xy[1][s.xy[1].length - 1],
      'data-step': s.xy[0][s.xy[0].length - 1]},
    el('span', {class: 'swatch', style: {borderColor: colour(s.number), display: 'inline-block', verticalAlign: 'middle'}}),
    ` ${short(s.xy[1][s.xy[1].length - 1])} at ${short(s.xy[0][s.xy[0].length - 1])}   `)));
    const drawable = y => logarithmic && y <= 0 ? null : y;
    const table = uPlot.join(series.map(s => [s.xy[0], (chart.points ? s.xy[1] : smoothed(s.xy[1])).map(drawable)]));
    const what = JSON.stringify([series.map(s => [s.number, s.r.about.name]), logarithmic, dark(), drawn.canvas.clientWidth]);
    if (drawn.plot && drawn.what === what) {
      drawn.plot.setData(table, zoomed === null);
      return;
    }
    if (drawn.plot) {
      drawn.plot.destroy();
    }
    drawn.what = what;
    drawn.table = series;
    const axis = {stroke: css('--text'), grid: {stroke: css('--grid'), width: 1}, ticks: {stroke: css('--grid'), width: 1}};
    drawn.plot = new uPlot({
      width: Math.max(200, drawn.canvas.clientWidth), height: 220,
      scales: {x: {time: false}, y: {distr: logarithmic ? 3 : 1}},
      axes: [{...axis}, {...axis, size: 62, values: (u, vs) => vs.map(v => v === null ? '' : short(v))}],
      legend: {show: false},
      cursor: {sync: {key: 'curves', setSeries: false}, drag: {x: true, y: false}},
      series: [{}, ...series.map(s => ({label: s.r.about.name, stroke: colour(s.number), dash: dash(s.number), width: 2, spanGaps: true,
        points: {show: chart.points || s.xy[0].length < 3}}))],
      hooks: {
        setCursor: [u => read(drawn, u)],
        setSelect: [u => {
          if (u.select.width > 4) {
            zoom(u.posToVal(u.select.left, 'x'), u.posToVal(u.select.left + u.select.width, 'x'));
          }
        }],
      },
    }, table, drawn.canvas);
    drawn.plot.over.addEventListener('dblclick', () => zoom(null));
    if (zoomed) {
      drawn.plot.setScale('x', {min: zoomed[0], max: zoomed[1]});
    }
  }

  function read(drawn, u) {
    const at = u.cursor.idx;
    drawn.read.textContent = at === null || at === undefined ? '' : `at ${short(u.data[0][at])}: ` + u.series.slice(1).map((s, i) =>
      `${u.series.length > 2 ? s.label + ' ' : ''}${short(u.data[i + 1][at])}`).join(', ');
  }

  /** All charts show the same stretch; null shows all. */
  function zoom(min, max) {
    zoomed = min === null ? null : [min, max];
    for (const {plot} of PLOTS.values()) {
      if (plot) {
        if (zoomed) {
          plot.setScale('x', {min, max});
        } else {
          plot.setData(plot.data, true);
        }
      }
    }
  }

  function keys(e, drawn) {
    const u = drawn.plot, last = u.data[0].length - 1, {min, max} = u.scales.x;
    if (e.key === 'ArrowLeft' || e.key === 'ArrowRight') {
      const at = u.cursor.idx === null || u.cursor.idx === undefined ? last : u.cursor.idx + (e.key === 'ArrowLeft' ? -1 : 1);
      const x = u.data[0][Math.max(0, Math.min(last, at))];
      u.setCursor({left: u.valToPos(x, 'x'), top: 10});
    } else if (e.key === '+' || e.key === '-') {
      const x = u.cursor.idx === null || u.cursor.idx === undefined ? (min + max) / 2 : u.data[0][u.cursor.idx];
      const factor = e.key === '+' ? 0.5 : 2;
      zoom(x - (x - min) * factor, x + (max - x) * factor);
    } else if (e.key === '0') {
      zoom(null);
    } else {
      return;
    }
    e.preventDefault();
  }

  // ---------------------------------------------------------------- samples

  const VERDICTS = ['right', 'wrong', 'no_answer', 'ambiguous', 'no_reasoning', 'unfinished', 'program_error', 'program_limit',
    'program_unsupported'];
  const PAGE = 50, GROUP = 64;
  const filter = byId('filter');
  let skip = 0, opened = null, asking = 0, colouring = 'advantage';

  const words = verdict => verdict.replaceAll('_', ' ');
  const query = () => Object.fromEntries([...new FormData(filter)].filter(([, v]) => v !== ''));

  async function list() {
    if (byId('samples').hidden || !runs.length) {
      return;
    }
    const asked = ++asking;
    try {
      const answer = await source.samples({...query(), skip, limit: PAGE});
      if (asked === asking) {
        showList(answer);
      }
    } catch (e) {
      if (asked === asking) {
        byId('found').textContent = e.message;
      }
    }
  }

  function showList(answer) {
    const from = answer.total ? skip + 1 : 0, all = runs[+query().run || 0];
    const more = data && all && all.about.samples > all.rows.length ? ' of those in this report' : '';
    byId('found').textContent = `${answer.total} samples${more}` + (answer.total ? `, ${from} to ${skip + answer.samples.length}` : '');
    byId('list').replaceChildren(...answer.samples.map(s => el('li', {}, el('button', {type: 'button', 'data-id': s.id,
      'aria-current': s.id === opened ? 'true' : null, on: {click: () => open(s.id)}},
      el('span', {class: 'about'}, el('span', {class: 'verdict ' + s.verdict}, words(s.verdict)), el('span', {}, 'score ' + short(s.score)),
        el('span', {}, 'iteration ' + s.iteration), el('span', {}, s.item_id),
        el('span', {}, `answer ${s.answer === null ? 'none' : s.answer}, gold ${s.gold}`)),
      el('span', {class: 'question'}, s.question)))));
    byId('previous').disabled = skip === 0;
    byId('next').disabled = skip + PAGE >= answer.total;
  }

  async function open(id) {
    opened = id;
    document.querySelectorAll('#list button').forEach(b => b.dataset.id === id ? b.setAttribute('aria-current', 'true')
      : b.removeAttribute('aria-current'));
    await showSamples([id], null);
    byId('details').focus({preventScroll: true});
    if (matchMedia('(max-width: 700px)').matches) {
      byId('details').scrollIntoView();
    }
  }

  async function showSamples(ids, title) {
    try {
      const all = [];
      for (const id of ids) {
        all.push(await source.sample(+query().run || 0, id));
      }
      const choice = el('select', {id: 'colouring', on: {change: e => {
        colouring = e.target.value;
        paint();
      }}}, ...[['none', 'nothing'], ['advantage', 'advantage'], ['kl', 'KL to the reference'], ['probability', 'probability'],
        ['value', 'value']].map(([value, text]) => el('option', {value, selected: value === colouring}, text)));
      byId('details').replaceChildren(el('div', {class: 'bar'}, el('label', {}, 'Tokens coloured by ', choice),
        el('span', {class: 'hint', id: 'colour-hint'})), ...(title ? [el('h2', {}, title)] : []), ...all.map(article));
      paint();
    } catch (e) {
      byId('details').replaceChildren(el('p', {}, e.message));
    }
  }

  function article(s) {
    const text = el('pre', {tabindex: '0', 'aria-label': 'completion; arrows go from token to token', 'data-sample': s.id});
    text.sample = s;
    const token = el('p', {class: 'hint', 'aria-live': 'polite'});
    let at = 0;
    if (s.token_chars) {
      s.token_chars.forEach((n, i) => {
        const piece = s.text.substr(at, n);
        at += n;
        const span = el('span', {class: 'token'}, piece);
        span.addEventListener('mouseenter', () => tell(i));
        text.append(span);
      });
    } else {
      text.append(s.text);
    }
    function tell(i) {
      text.querySelectorAll('.current').forEach(t => t.classList.remove('current'));
      text.children[i].classList.add('current');
      const say = (name, values) => values && finite(values[i]) ? `, ${name} ${short(values[i])}` : '';
      token.textContent = `token ${i + 1} of ${s.completion_ids.length}, id ${s.completion_ids[i]}` + say('log-probability', s.logprobs)
        + say('under the reference', s.ref_logprobs) + say('advantage', s.advantages) + say('value', s.values);
      text.at = i;
    }
    text.addEventListener('keydown', e => {
      const step = {ArrowRight: 1, ArrowLeft: -1}[e.key];
      if (step && text.children.length) {
        tell(Math.max(0, Math.min(text.children.length - 1, text.at === undefined ? 0 : text.at + step)));
        e.preventDefault();
      }
    });
    const gold = s.gold === null || s.gold === undefined ? 'not known' : String(s.gold);
    return el('article', {}, el('p', {class: 'asked'}, s.question), text, token,
      el('dl', {}, el('dt', {}, 'result'),
        el('dd', {class: 'result'}, s.answer === null || s.answer === undefined ? 'none' : String(s.answer)),
        el('dt', {}, 'gold answer'), el('dd', {class: 'gold'}, gold),
        el('dt', {}, 'verdict'), el('dd', {class: 'verdict ' + s.verdict}, words(s.verdict) + (s.refused ? ` (${s.refused})` : '')),
        el('dt', {}, 'score'), el('dd', {}, short(s.score)),
        el('dt', {}, 'iteration'), el('dd', {}, `${s.iteration}, group ${s.group}`),
        el('dt', {}, 'length'),
        el('dd', {}, `${s.completion_ids.length} tokens, ${s.finish === 'eos' ? 'ended by itself' : 'cut at the limit'}`)),
      el('div', {class: 'bar'},
        el('button', {type: 'button', on: {click: () => group(s)}}, 'All samples of this question in this iteration'),
        el('button', {type: 'button', on: {click: () => through(s)}}, 'This question through the iterations')));
  }

  async function group(s) {
    const found = await source.samples({run: +query().run || 0, item: s.item_id, first: s.iteration, last: s.iteration, order: 'first',
      limit: GROUP});
    const right = found.samples.filter(x => x.verdict === 'right').length;
    await showSamples(found.samples.map(x => x.id), `${s.item_id} in iteration ${s.iteration}: ${right} of ${found.total} right`);
  }

  function through(s) {
    const chosen = query().run || '0';
    filter.reset();
    const field = name => filter.querySelector(`[name=${name}]`);
    field('run').value = chosen;
    field('item').value = s.item_id;
    field('order').value = 'first';
    skip = 0;
    list();
  }

  const HINTS = {
    none: '', advantage: 'blue: worth more than expected, red: less', kl: 'the stronger, the further from the reference',
    probability: 'the stronger, the less probable', value: 'blue: high value, red: low',
  };

  /** Colours behind the tokens; faint enough that the text keeps its contrast. */
  function paint() {
    const hint = byId('colour-hint');
    let missing = false;
    document.querySelectorAll('#details pre').forEach(pre => {
      const s = pre.sample, n = s.completion_ids.length;
      const values = {advantage: s.advantages, value: s.values, probability: s.logprobs && s.logprobs.map(l => 1 - Math.exp(l)),
        kl: s.ref_logprobs && s.logprobs.map((l, i) => Math.abs(l - s.ref_logprobs[i]))}[colouring];
      missing = missing || colouring !== 'none' && !values;
      const most = values ? Math.max(...values.map(v => Math.abs(v || 0)), colouring === 'probability' ? 1 : 1e-9) : 1;
      const signed = colouring === 'advantage' || colouring === 'value';
      [...pre.children].forEach((span, i) => {
        const v = values && i < n ? values[i] || 0 : 0, alpha = 0.45 * Math.min(1, Math.abs(v) / most);
        const rgb = !signed ? '230, 120, 0' : v > 0 ? '40, 120, 255' : '255, 70, 60';
        span.style.backgroundColor = alpha < 0.01 ? '' : `rgba(${rgb}, ${alpha.toFixed(3)})`;
      });
    });
    if (hint) {
      hint.textContent = missing ? 'this method has none' : HINTS[colouring];
    }
  }

  // ---------------------------------------------------------------- views

  const ALL_VIEWS = ['curves', 'samples', 'log', 'options', 'try'];
  let VIEWS = ALL_VIEWS.slice(0, 4); // until a model is there to be asked

  function view(name) {
    const chosen = VIEWS.includes(name) ? name : 'curves';
    VIEWS.forEach(v => {
      byId(v).hidden = v !== chosen;
      byId('tab-' + v).setAttribute('aria-selected', String(v === chosen));
      byId('tab-' + v).tabIndex = v === chosen ? 0 : -1;
    });
    if (location.hash !== '#/' + chosen) { // no name of an element, to which the browser would move the keyboard's focus
      history.replaceState(null, '', '#/' + chosen);
    }
    drawSoon();
    list();
  }

  byId('views').addEventListener('click', e => e.target.dataset.view && view(e.target.dataset.view));
  byId('views').addEventListener('keydown', e => {
    const step = {ArrowRight: 1, ArrowLeft: -1}[e.key];
    if (step) {
      const now = VIEWS.findIndex(v => !byId(v).hidden), next = VIEWS[(now + step + VIEWS.length) % VIEWS.length];
      view(next);
      byId('tab-' + next).focus();
    }
  });
  addEventListener('hashchange', () => view(location.hash.slice(2)));
  addEventListener('resize', drawSoon);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    showRuns();
    drawSoon();
  });
  byId('theme').addEventListener('click', () => {
    const next = {undefined: 'dark', dark: 'light', light: undefined}[document.documentElement.dataset.theme];
    if (next) {
      document.documentElement.dataset.theme = next;
    } else {
      delete document.documentElement.dataset.theme;
    }
    byId('theme').textContent = 'Theme: ' + (next || 'system');
    showRuns();
    drawSoon();
  });
  byId('smoothing').addEventListener('input', e => {
    smoothing = +e.target.value;
    byId('smoothed').textContent = e.target.value;
    drawSoon();
  });
  byId('log-scale').addEventListener('change', e => {
    logarithmic = e.target.checked;
    drawSoon();
  });
  byId('against').addEventListener('change', e => {
    shares = e.target.value === 'share';
    sharesChosen = true;
    zoom(null);
    drawSoon();
  });
  byId('zoom-out').addEventListener('click', () => zoom(null));
  byId('curve-tools').addEventListener('submit', e => e.preventDefault());
  filter.addEventListener('submit', e => e.preventDefault());
  filter.addEventListener('reset', () => setTimeout(() => {
    skip = 0;
    list();
  }));
  let typing = 0;
  filter.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      skip = 0;
      list();
    }, 150);
  });
  filter.elements.verdict.append(...VERDICTS.map(v => el('option', {value: v}, words(v))));
  byId('previous').addEventListener('click', () => {
    skip = Math.max(0, skip - PAGE);
    list();
  });
  byId('next').addEventListener('click', () => {
    skip += PAGE;
    list();
  });

  // ---------------------------------------------------------------- a question to the model

  let answering = null;
  byId('ask').addEventListener('submit', e => {
    e.preventDefault();
    if (answering) {
      answering.close();
    }
    byId('outcome').replaceChildren();
    byId('written').textContent = '';
    const say = (term, text) => byId('outcome').append(el('dt', {}, term), el('dd', {}, text));
    answering = new EventSource('api/try?' + new URLSearchParams({question: byId('question').value}));
    answering.addEventListener('text', e => {
      byId('written').textContent = JSON.parse(e.data);
    });
    answering.addEventListener('result', e => {
      const result = JSON.parse(e.data);
      answering.close();
      answering = null;
      say(result.answer === null || result.answer === undefined ? 'no answer' : 'answer', result.answer ?? result.why);
    });
    answering.onerror = () => {
      answering.close(); // no second try: the question would be asked again
      answering = null;
      say('no answer', 'The model did not answer: it may be answering another question, or reft watch has ended.');
    };
  });

  const asked = location.hash.slice(2); // the view that the address names
  source.listen({
    connection: text => {
      byId('connection').textContent = text;
    },
    runs: abouts => {
      const before = runs.map(r => r.about.samples);
      abouts.forEach((about, number) => {
        run(number).about = about;
      });
      document.title = (runs.length === 1 ? runs[0].about.name : runs.length + ' runs') + ' · reft';
      showRuns();
      showLog();
      drawSoon();
      const number = +query().run || 0;
      if (skip === 0 && (before[number] !== abouts[number]?.samples)) {
        list();
      }
    },
    model: name => {
      byId('model').textContent = name;
      byId('tab-try').hidden = false;
      VIEWS = ALL_VIEWS;
      if (asked === 'try' || !runs.length) {
        view('try');
      }
    },
    news: news => {
      const r = run(news.run);
      r.rows = news.afresh ? news.rows : r.rows.concat(news.rows);
      r.log = (news.afresh ? news.log : r.log.concat(news.log)).slice(-500);
      showLog();
      drawSoon();
    },
  });
  view(location.hash.slice(2));
})();
