// The answer beside a canvas. ui/live_answer.py says what each part of the data is.
//
// canvas.js tells when the pen has moved. Then the drawing is read over HTTP, one request at a
// time, and the answer is placed; without canvas.js, or without an answer, what Python says at pen
// up is shown.

// Between an answer and the next request. It grows faster than what an answer takes, so that with a
// whole class at once all ask less often, and nobody waits long.
const pauseAfter = (ms) => Math.min(Math.max(20, ms ** 2 / 50), 500);
const AFTER_A_FAULT_MS = 1000;

const answers = new WeakMap();

export default function ({ data, parentElement }) {
  if (!answers.has(parentElement)) answers.set(parentElement, new Answer(parentElement));
  answers.get(parentElement).update(data);
  return () => {
    answers.get(parentElement)?.stop();
    answers.delete(parentElement);
  };
}

class Answer {
  constructor(root) {
    this.part = (selector) => root.querySelector(selector);
    this.bars = [...root.querySelectorAll("li")];
    this.pen = null; // where the pen is by now, if that was not read yet
    this.asking = false;
    this.free = 0; // when the next request may be made
    this.live = false; // what is shown was read over HTTP and is newer than Python's answer
    document.addEventListener("digit-lab-pen", this.hear);
  }

  stop() {
    document.removeEventListener("digit-lab-pen", this.hear);
    clearTimeout(this.timer);
    this.data = {};
  }

  update(data) {
    if (data.version !== this.data?.version) {
      this.live = false;
      this.pen = null;
    }
    this.data = data;
    if (!this.live) this.show(data.answer, true);
  }

  hear = ({ detail }) => {
    if (detail.pad !== this.data.pad || !("CompressionStream" in window)) return;
    this.pen = detail;
    this.next();
  };

  next() {
    if (this.asking || !this.pen) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), this.pen.up ? 0 : this.free - performance.now());
  }

  async ask() {
    const { pen, data } = this;
    if (this.asking || !pen) return;
    this.asking = true;
    this.pen = null;
    const began = performance.now();
    let pause;
    try {
      const answer = await read(pen.picture(), data.model);
      pause = pauseAfter(performance.now() - began);
      if (data.version === this.data.version) {
        this.live = true;
        this.show(answer, pen.up);
      }
    } catch {
      pause = AFTER_A_FAULT_MS;
      if (data.version === this.data.version) {
        this.live = false;
        if (pen.up) this.show(this.data.answer, true);
      }
    }
    this.free = performance.now() + pause;
    this.asking = false;
    this.next();
  }

  show(answer, final) {
    const { headline, words, bars, longest, bars_in_words, note } = answer ?? {
      headline: "?",
      words: this.data.invitation,
      bars: this.bars.map(() => [0, ""]),
      longest: null,
      bars_in_words: "Ten empty bars, one for each digit",
      note: "",
    };
    put(this.part("h2"), headline);
    this.part("h2").classList.toggle("lines", headline.includes("\n"));
    put(this.part(".words"), words);
    put(this.part(".note"), note);
    // Not twenty times a second: a screen reader says it when the pen is lifted.
    if (final) put(this.part(".announced"), answer ? `${headline}: ${words}` : "");
    this.part("figure").setAttribute("aria-label", bars_in_words);
    this.bars.forEach((bar, digit) => {
      bar.classList.toggle("longest", digit === longest);
      bar.querySelector("b").style.width = `${100 * bars[digit][0]}%`;
      put(bar.lastElementChild, bars[digit][1]);
    });
  }
}

function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

async function read({ grey, width, height }, model) {
  const packed = new Blob([grey]).stream().pipeThrough(new CompressionStream("deflate"));
  const response = await fetch(`./api/read?${new URLSearchParams({ model, width, height })}`, {
    method: "POST",
    headers: { "Content-Type": "application/octet-stream" },
    body: await new Response(packed).arrayBuffer(),
  });
  if (!response.ok) throw new Error(response.status);
  return response.json();
}
