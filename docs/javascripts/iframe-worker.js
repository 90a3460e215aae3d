/* Search in pages opened as files: browsers refuse workers there, so the worker's script runs in a hidden frame instead.
   The theme would fetch such a stand-in from elsewhere; a name with "iframe-worker" in it tells it that there is one. */
"use strict";
if (location.protocol === "file:") {
  window.IFrameWorker = class extends EventTarget {
    constructor(url) {
      super();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      this.waiting = [];
      document.body.appendChild(frame);
      const inside = frame.contentWindow;
      inside.postMessage = data => this.dispatchEvent(new MessageEvent("message", { data }));
      inside.importScripts = (...urls) => Promise.all(urls.map(each => load(frame, each)));
      load(frame, url).then(() => {
        this.send = data => inside.dispatchEvent(new MessageEvent("message", { data }));
        this.waiting.forEach(this.send);
      });
    }
    postMessage(data) {
      if (this.send) this.send(data);
      else this.waiting.push(data);
    }
    terminate() {}
  };
  window.Worker = window.IFrameWorker;
}

function load(frame, url) {
  return new Promise((resolve, reject) => {
    const script = frame.contentDocument.createElement("script");
    script.src = url;
    script.onload = resolve;
    script.onerror = reject;
    frame.contentDocument.body.appendChild(script);
  });
}
