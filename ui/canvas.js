// What streamlit-drawable-canvas does not do by itself, from beside it: ui/canvas.py mounts this.
//
// - It tells the page when the pen has moved, as "digit-lab-pen" on the document.
// - At pen up it makes the component report soon, which else waits for 200 ms.
// - A stroke that begins while the drawing is being replaced, right after Clear, waits until the
//   component has said that it has the new one: until then it takes the pen's brush away.
// - A click elsewhere right after a stroke waits until a moment after the report: Streamlit's
//   frontend sends what changes at the same time as one message, and that of a canvas reruns its
//   fragment alone. The whole press waits: a button that is told of its beginning would give it up.
// - A link that is clicked right after a stroke is followed when the app has the stroke: it would
//   be dropped with the page that it was drawn on.
// - The canvas gets a role and a name.
//
// The component lies in an open shadow root. In one that looks different nothing is found, and
// everything is as it was without this.

const REPORT = '.dc-toolbar button[title^="Update the app"]';
const REPLACING = ["undo", "redo", "clear"]; // tools whose button replaces the drawing
const PRESS = ["pointerdown", "mousedown", "pointerup", "mouseup", "click"];
const PEN = ["mousedown", "mousemove", "mouseup", "touchstart", "touchmove", "touchend"];
const REPORT_AFTER_MS = 50; // the answer that is read live comes first, the page's run after it
const LONGEST_HOLD_MS = 30_000; // as long as a busy app may take to answer
const LONGEST_WAIT_MS = 1000; // of a link
const APART_MS = 100; // a report and a click that is told to Streamlit by itself
const LOOKS = 100; // for a canvas that is not there yet
const LOOK_EVERY_MS = 100;

const pens = new WeakMap();

export default function ({ data, parentElement }) {
  if (!pens.has(parentElement)) pens.set(parentElement, new Pen());
  pens.get(parentElement).update(data);
  return () => {
    pens.get(parentElement)?.stop();
    pens.delete(parentElement);
  };
}

class Pen {
  constructor() {
    this.down = false;
    this.held = null; // events that wait for the new drawing
    this.untold = false; // whether there is a stroke that the app has not answered
    this.link = null; // it waits for that
    this.reportedAt = -Infinity; // Infinity while the report of a stroke is still to come
    this.holds = false; // whether the press under way waits for it
    this.clicked = []; // what was clicked meanwhile
    for (const type of PEN) addEventListener(type, this.hear, { capture: true, passive: false });
    for (const type of PRESS) addEventListener(type, this.press, true);
    addEventListener("click", this.click, true);
  }

  stop() {
    for (const type of PEN) removeEventListener(type, this.hear, true);
    for (const type of PRESS) removeEventListener(type, this.press, true);
    removeEventListener("click", this.click, true);
    clearTimeout(this.release);
    clearTimeout(this.look);
    this.follow();
    this.reportedAt = -Infinity;
    this.pass();
    this.data = {};
  }

  update(data) {
    const replaced = this.data && data.on_canvas !== this.data.on_canvas;
    this.data = data;
    this.name(LOOKS);
    if (replaced && this.held) this.replay();
    if (this.reportedAt < Infinity) this.follow();
  }

  follow() {
    clearTimeout(this.wait);
    const link = this.link;
    this.untold = false;
    this.link = null;
    link?.click();
  }

  find(selector) {
    const host = `.st-key-${this.data.canvas} [data-testid="stBidiComponentIsolated"]`;
    return document.querySelector(host)?.shadowRoot?.querySelector(selector);
  }

  isOnCanvas(event) {
    return event.composedPath().includes(this.find("canvas.upper-canvas"));
  }

  name(looks) {
    clearTimeout(this.look);
    const surface = this.find("canvas.upper-canvas");
    surface?.setAttribute("role", "img");
    surface?.setAttribute("aria-label", this.data.label);
    if (!surface && looks) this.look = setTimeout(() => this.name(looks - 1), LOOK_EVERY_MS);
  }

  click = (event) => {
    const link = event.target.closest?.("a[href]");
    if (link && this.untold && !opensAnotherTab(event)) {
      event.stopImmediatePropagation();
      event.preventDefault();
      this.link = link;
    }
    const tools = REPLACING.map((tool) => `.st-key-${tool}-${this.data.pad} button`).join();
    if (!event.target.closest?.(tools)) return;
    this.held ??= [];
    clearTimeout(this.release);
    this.release = setTimeout(() => this.replay(), LONGEST_HOLD_MS);
  };

  early() {
    return this.reportedAt + APART_MS - performance.now();
  }

  pass() {
    clearTimeout(this.passing);
    const early = this.early();
    if (early <= 0) for (const clicked of this.clicked.splice(0)) clicked.click();
    else if (early < Infinity) this.passing = setTimeout(() => this.pass(), early);
    // Else `report` calls again.
  }

  hear = (event) => {
    const begins = event.type === "mousedown" || event.type === "touchstart";
    if (begins) this.down = this.isOnCanvas(event);
    if (!this.down) return;
    if (event.type === "mouseup" || event.type === "touchend") this.down = false;
    if (this.held) {
      event.stopImmediatePropagation();
      if (event.cancelable) event.preventDefault();
      this.held.push(event);
    } else if (!this.down) {
      // The component draws the finished stroke in the next frame.
      afterTwoFrames(() => {
        this.tell(true);
        this.due = setTimeout(this.report, REPORT_AFTER_MS);
      });
      this.untold = true;
      this.reportedAt = Infinity;
      clearTimeout(this.wait);
      this.wait = setTimeout(() => this.follow(), LONGEST_WAIT_MS);
    } else if (!begins) {
      requestAnimationFrame(() => this.tell(false));
    }
  };

  report = () => {
    clearTimeout(this.due);
    this.due = null;
    this.reportedAt = performance.now();
    this.find(REPORT)?.click();
    this.pass();
  };

  press = (event) => {
    const byKey = event.type === "click" && event.detail === 0 && event.isTrusted;
    if (event.type === "pointerdown" || byKey) this.holds = this.waits(event);
    if (!this.holds || !event.isTrusted) return;
    event.stopImmediatePropagation();
    if (event.type !== "click") return;
    event.preventDefault();
    this.holds = false;
    this.clicked.push(event.target.closest(":not(svg, svg *)")); // an icon has no click()
    this.pass();
  };

  waits(event) {
    if (this.isOnCanvas(event)) return false;
    if (this.due) this.report(); // before what the press will do
    const isOurs = event.target.closest?.('[class*="st-key-canvas-tools-"]');
    return this.early() > 0 && !isOurs && !opensAnotherTab(event);
  }

  replay() {
    const events = this.held ?? [];
    this.held = null;
    clearTimeout(this.release);
    this.down = false;
    for (const event of events) this.find("canvas.upper-canvas")?.dispatchEvent(copy(event));
  }

  tell(up) {
    const detail = { pad: this.data.pad, up, picture: () => this.picture() };
    document.dispatchEvent(new CustomEvent("digit-lab-pen", { detail }));
  }

  picture() {
    const finished = this.find("canvas.dc-canvas");
    const { width, height } = finished;
    const paper = new OffscreenCanvas(width, height);
    const context = paper.getContext("2d", { alpha: false, willReadFrequently: true });
    context.drawImage(finished, 0, 0);
    context.drawImage(this.find("canvas.upper-canvas"), 0, 0); // the stroke under way
    const colours = context.getImageData(0, 0, width, height).data;
    const grey = new Uint8Array(width * height);
    for (let pixel = 0; pixel < grey.length; pixel++) grey[pixel] = colours[4 * pixel];
    return { grey, width, height };
  }
}

function afterTwoFrames(act) {
  requestAnimationFrame(() => requestAnimationFrame(act));
}

function opensAnotherTab(event) {
  return event.ctrlKey || event.metaKey || event.shiftKey;
}

function copy(event) {
  if (!("touches" in event)) return new event.constructor(event.type, event);
  const { type, bubbles, cancelable, composed } = event;
  const [touches, targetTouches, changedTouches] = [
    [...event.touches],
    [...event.targetTouches],
    [...event.changedTouches],
  ];
  const options = { bubbles, cancelable, composed, touches, targetTouches, changedTouches };
  return new TouchEvent(type, options);
}
