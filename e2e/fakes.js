// Phones that do not do what a page hopes for. Put into a page before its own scripts: nothing is faked until one of
// these is called.
globalThis.fakes = (() => {
  const { open } = IDBFactory.prototype;
  const EVENTS = ["onupgradeneeded", "onblocked", "onerror", "onsuccess"];

  /** Every opening of the phone's storage waits while `storage.holds`, until it is let go. */
  function holdStorage() {
    const waiting = [];
    globalThis.storage = {
      holds: true,
      letGo: () => {
        storage.holds = false;
        for (const go of waiting.splice(0)) go();
      },
    };
    IDBFactory.prototype.open = function (...values) {
      if (!storage.holds) return open.apply(this, values);
      const late = {};
      waiting.push(() => {
        const real = open.apply(this, values);
        for (const name of EVENTS) real[name] = late[name];
        for (const name of ["result", "error"]) Object.defineProperty(late, name, { get: () => real[name] });
      });
      return late;
    };
  }

  /** The phone's storage cannot be opened. */
  function refuseStorage() {
    IDBFactory.prototype.open = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
  }

  /** The phone's storage never answers. */
  function hangStorage() {
    IDBFactory.prototype.open = () => ({});
  }

  /** What is stored can be read; what is written is refused while `storage.refusesWrites`. */
  function refuseWrites() {
    globalThis.storage = { refusesWrites: true };
    const begin = IDBDatabase.prototype.transaction;
    IDBDatabase.prototype.transaction = function (stores, mode, options) {
      const tx = begin.call(this, stores, mode, options);
      if (mode === "readwrite" && storage.refusesWrites) tx.abort();
      return tx;
    };
  }

  /** One kind of write fails, as on a phone that is full. */
  function refusePuts() {
    IDBObjectStore.prototype.put = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
  }

  /** Note everything that a page may ask the person or the phone for, in `asked`. */
  function watchAsking() {
    globalThis.asked = [];
    const note = (name) => {
      asked.push(name);
      return Promise.resolve(name === "persist" ? false : {});
    };
    Object.defineProperty(Navigator.prototype, "wakeLock", {
      get: () => ({ request: (kind) => note(`wake ${kind}`) }),
      configurable: true,
    });
    Object.defineProperty(StorageManager.prototype, "persist", { value: () => note("persist") });
    Object.defineProperty(Geolocation.prototype, "getCurrentPosition", { value: () => note("place") });
    if (globalThis.Notification) Notification.requestPermission = () => note("notification");
    if (globalThis.MediaDevices) MediaDevices.prototype.getUserMedia = () => note("microphone");
  }

  /** Note whether a script stands between the finger and the dialler, in `stopped`, and do not leave for it. */
  function holdLinks() {
    globalThis.stopped = [];
    window.addEventListener("click", (event) => {
      const link = event.target.closest("a[href^='tel:'], a[href^='sms:']");
      if (!link) return;
      stopped.push(event.defaultPrevented);
      event.preventDefault();
    });
  }

  /** A voice of these languages that starts, fails or stays silent when it is told to speak; `spoken` is what it was told. */
  function voice(languages, then) {
    globalThis.spoken = [];
    globalThis.SpeechSynthesisUtterance = class {
      constructor(text) {
        this.text = text;
      }
    };
    Object.defineProperty(window, "speechSynthesis", {
      configurable: true,
      value: {
        getVoices: () => languages.map((lang) => ({ lang, name: lang })),
        cancel: () => undefined,
        speak: (utterance) => {
          spoken.push([utterance.text, utterance.lang]);
          if (then === "start") setTimeout(() => utterance.onstart({}), 50);
          if (then === "fail") setTimeout(() => utterance.onerror({ error: "synthesis-failed" }), 50);
        },
      },
    });
  }

  /** A browser that knows nothing of speech. */
  function noVoice() {
    globalThis.spoken = [];
    delete Window.prototype.speechSynthesis;
    delete globalThis.speechSynthesis;
  }

  return { holdStorage, refuseStorage, hangStorage, refuseWrites, refusePuts, watchAsking, holdLinks, voice, noVoice };
})();
