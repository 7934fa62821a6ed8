'use strict';

// Every text that comes from the server goes through textContent: nothing of it is ever parsed as HTML.
const byId = id => document.getElementById(id);
const make = (name, className, text) => {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
};
const setText = (element, text) => { if (element.textContent !== text) element.textContent = text; };
const clock = time => new Date(time).toLocaleTimeString('en-GB');
const seconds = ms => ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;

const kept = 3_600_000;
const base = location.pathname.replace(/\/simulator\/?$/, '');
const still = matchMedia('(prefers-reduced-motion: reduce)');
const lanes = new Map();
let now = 0;
let paused = false;
let chosen = null;

// The switches and the stories

let sending = 0;

async function send(name, value) {
  sending++;
  try {
    const response = await fetch(`${base}/simulator/${name}/${value}`, { method: 'POST' });
    if (!response.ok) setText(byId('connection'), await response.text());
  } finally {
    sending--;
  }
}

function buildPresets(presets) {
  byId('presets').replaceChildren(...presets.map(preset => {
    const button = make('button');
    button.type = 'button';
    button.dataset.preset = preset.name;
    button.setAttribute('aria-pressed', 'false');
    button.append(make('strong', '', preset.title), make('span', '', preset.story));
    button.addEventListener('click', () => { press(preset.name); send('preset', preset.name); });
    return button;
  }));
}

function press(name) {
  for (const button of byId('presets').children) button.setAttribute('aria-pressed', String(button.dataset.preset === name));
}

function tell(story) {
  if (sending > 0) return; // what was clicked has not arrived yet
  press(story && !story.hasEnded ? story.name : null);
  const title = story?.hasEnded && byId('presets').querySelector(`[data-preset="${story.name}"] strong`).textContent;
  setText(byId('story'), title ? `A switch was set, so the story “${title}” has ended. The node stays as it is now.` : '');
}

const switches = new Map();

function buildSwitches(all) {
  byId('switches').replaceChildren(...all.map(one => {
    const box = make('div', 'switch');
    const label = make('label', '', one.title);
    const select = make('select');
    const meaning = make('p');
    select.id = `switch-${one.name}`;
    meaning.id = `meaning-${one.name}`;
    select.setAttribute('aria-describedby', meaning.id);
    select.append(...one.values.map(value => new Option(value.name, value.name)));
    select.addEventListener('change', () => { press(null); send(one.name, select.value); });
    label.append(select);
    box.append(label, meaning);
    switches.set(one.name, value => {
      select.value = value;
      box.classList.toggle('broken', value !== one.values[0].name);
      setText(meaning, one.values.find(v => v.name === value).meaning);
    });
    return box;
  }));
}

// The node

const edges = {
  Nmi: { rules: 'edge-rules', nmi: 'edge-nmi', imds: 'edge-imds', entra: 'edge-entra' },
  Imds: { rules: 'edge-rules', imds: 'edge-bypass', entra: 'edge-entra' },
  WorkloadIdentityProxy: { entra: 'edge-direct' },
  Entra: { entra: 'edge-direct' },
};

function drawWay(way, truth) {
  if (!way) return;
  const stations = { pod: 'Lit', rules: way.interception, nmi: way.nmi, imds: way.imds, entra: way.entra };
  for (const edge of document.querySelectorAll('.edge')) edge.classList.remove('Lit');
  for (const [name, state] of Object.entries(stations)) {
    byId(name).setAttribute('class', `station ${state}`);
    const edge = edges[way.by][name];
    if (edge && state !== 'Idle') byId(edge).classList.add('Lit');
  }
  setText(byId('direct'), way.by === 'Entra' ? 'exchange' : 'sidecar');
  document.querySelector('svg').classList.toggle('astray', truth.status === 'Unhealthy');
  setText(byId('way-text'), way.summary);
}

// The timeline

function laneOf(history, isTruth) {
  if (lanes.has(history.name)) return lanes.get(history.name);
  const row = make('div', isTruth ? 'lane truth' : 'lane');
  row.dataset.lane = history.name;
  const head = make('div');
  head.append(make('h3', '', history.name), make('div', 'about', history.about));
  const track = make('div', 'track');
  const state = make('div', 'now');
  const says = make('div', 'says');
  const count = make('div', 'count');
  state.append(says, count);
  row.append(head, track, state);
  byId('lanes').append(row);
  const lane = { name: history.name, isTruth, isJudged: history.isJudged, track, says, count, segments: new Map() };
  track.addEventListener('keydown', event => move(lane, event));
  track.addEventListener('focus', () => choose(lane, chosenIn(lane) ?? last(lane)));
  lanes.set(history.name, lane);
  return lane;
}

const last = lane => [...lane.segments.values()].at(-1);
const chosenIn = lane => chosen?.lane === lane && lane.segments.has(chosen.segment.from) ? chosen.segment : undefined;
const describe = segment => [segment.status, segment.reason, segment.wrong ? 'contradicts the truth' : null].filter(Boolean).join(', ');

function merge(lane, history) {
  for (const segment of history.segments) {
    const known = lane.segments.get(segment.from);
    if (known) {
      known.to = segment.to;
    } else {
      segment.element = make('div', `segment ${segment.status}${segment.wrong ? ' wrong' : ''}`);
      segment.element.id = `${lane.name}@${segment.from}`.replace(/\s/g, '_');
      segment.element.setAttribute('role', 'option');
      segment.element.setAttribute('aria-selected', 'false');
      const shown = [segment.wrong ? '✗' : null, segment.reason ?? (segment.wrong ? 'passes' : null)].filter(Boolean).join(' ');
      segment.element.append(make('span', '', shown));
      // Who says aloud what is shown means this one: the label begins with it.
      segment.element.setAttribute('aria-label', [shown, segment.status, segment.wrong ? 'contradicts the truth' : null, clock(segment.from)].filter(Boolean).join(', '));
      segment.element.addEventListener('mouseenter', () => choose(lane, segment));
      lane.track.append(segment.element);
      lane.segments.set(segment.from, segment);
    }
  }
  for (const segment of lane.segments.values()) {
    if (Date.parse(segment.to) > now - kept) break;
    segment.element.remove();
    lane.segments.delete(segment.from);
  }
  if (lane.segments.size > 0 && !lane.track.hasAttribute('role')) {
    lane.track.setAttribute('role', 'listbox');
    lane.track.setAttribute('aria-orientation', 'horizontal');
    lane.track.setAttribute('aria-label', `${lane.name}: what it said`);
    lane.track.tabIndex = 0;
  }
  const latest = last(lane);
  if (latest) setText(lane.says, [lane.isTruth ? null : latest.status, latest.reason].filter(Boolean).join(': '));
  if (lane.isJudged) setText(lane.count, `wrong for ${Math.round(history.wrongSeconds)} s`);
  lane.count.classList.toggle('some', history.wrongSeconds >= 0.5);
}

function draw() {
  const span = byId('span').value * 1000;
  // Without motion the window stands still, and turns its page now and then.
  const end = still.matches ? Math.ceil(now / (span / 4)) * (span / 4) : now;
  for (const lane of lanes.values()) {
    const width = lane.track.clientWidth;
    for (const segment of lane.segments.values()) {
      const from = Math.max(0, 1 - (end - Date.parse(segment.from)) / span);
      const to = 1 - (end - Date.parse(segment.to)) / span;
      segment.element.hidden = to <= 0;
      segment.element.style.left = `${from * 100}%`;
      segment.element.style.width = `${(to - from) * 100}%`;
      segment.element.firstChild.hidden = (to - from) * width < (segment.reason ? 48 : 20);
    }
  }
  byId('axis').replaceChildren(...[0, 1, 2, 3, 4].map(i => make('span', '', clock(end - span + i * span / 4))));
}

function choose(lane, segment) {
  if (!segment) return;
  if (chosen) {
    chosen.segment.element.classList.remove('chosen');
    chosen.segment.element.setAttribute('aria-selected', 'false');
    chosen.lane.track.removeAttribute('aria-activedescendant');
  }
  chosen = { lane, segment };
  segment.element.classList.add('chosen');
  segment.element.setAttribute('aria-selected', 'true');
  lane.track.setAttribute('aria-activedescendant', segment.element.id);
  const duration = seconds(Date.parse(segment.to) - Date.parse(segment.from));
  byId('detail').replaceChildren(
    make('strong', '', `${lane.name}: ${describe(segment)}`), ` · ${clock(segment.from)}, ${duration}${segment === last(lane) ? ' so far' : ''}`, make('br'), segment.hint ?? '');
}

function move(lane, event) {
  const all = [...lane.segments.values()].filter(segment => !segment.element.hidden);
  const at = all.indexOf(chosenIn(lane) ?? all.at(-1));
  const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: all.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  choose(lane, all[Math.min(Math.max(to, 0), all.length - 1)]);
}

// What is asked and answered

function drawRequests(requests) {
  byId('requests').replaceChildren(...requests.slice(-60).reverse().map(request => {
    const row = make('tr');
    const answer = request.isOpen ? 'waiting' : request.status ?? 'no answer';
    row.append(...[clock(request.at), request.askedBy, request.request, request.answeredBy, answer, `${request.milliseconds} ms`]
      .map(text => make('td', '', String(text))));
    return row;
  }));
}

function buildHealth(endpoints) {
  if (endpoints.length === 0) {
    byId('health').replaceChildren(make('p', '', 'This application maps no health checks.'));
    return;
  }
  byId('health').replaceChildren(...endpoints.map(path => {
    const box = make('div', 'answer');
    const line = make('div', 'line');
    const code = make('span', 'code', '…');
    const took = make('span', 'took');
    const details = make('details');
    const body = make('pre');
    body.tabIndex = 0;
    line.append(make('code', '', `GET ${path}`), code, took);
    details.append(make('summary', '', 'Answer'), body);
    box.append(line, details);
    box.dataset.path = path;
    probe(path, { code, took, body });
    return box;
  }));
}

async function probe(path, { code, took, body }) {
  if (!paused && !document.hidden) {
    const start = performance.now();
    try {
      const response = await fetch(base + path, { cache: 'no-store', signal: AbortSignal.timeout(10_000) });
      const text = await response.text();
      setText(code, String(response.status));
      code.className = `code ${response.ok ? 'Healthy' : 'Unhealthy'}`;
      setText(body, text.slice(0, 10_000));
    } catch (error) {
      setText(code, error.name === 'TimeoutError' ? 'timeout' : 'no answer');
      code.className = 'code Unhealthy';
    }
    setText(took, `${Math.round(performance.now() - start)} ms`);
  }
  setTimeout(() => probe(path, { code, took, body }), 1000);
}

// What the server tells

function read(sample) {
  if (!paused) now = Date.parse(sample.at);
  const truth = laneOf(sample.truth, true);
  merge(truth, sample.truth);
  for (const history of sample.lanes) merge(laneOf(history, false), history);
  for (const [name, value] of Object.entries(sample.switches)) switches.get(name)?.(value);
  tell(sample.story);
  if (paused) return;
  if (last(truth)) drawWay(sample.way, last(truth));
  drawRequests(sample.requests);
  draw();
}

byId('span').addEventListener('change', draw);
byId('pause').addEventListener('click', () => {
  paused = !paused;
  byId('pause').setAttribute('aria-pressed', String(paused));
});
addEventListener('resize', draw);

const events = new EventSource(`${base}/simulator/events`);
events.addEventListener('open', () => setText(byId('connection'), 'Live'));
events.addEventListener('error', () => setText(byId('connection'), 'The application is not responding. Trying again…'));
events.addEventListener('sample', event => read(JSON.parse(event.data)));
events.addEventListener('node', event => {
  const node = JSON.parse(event.data);
  if (switches.size > 0) return; // the stream began again
  buildPresets(node.presets);
  buildSwitches(node.switches);
  buildHealth(node.healthEndpoints);
});
