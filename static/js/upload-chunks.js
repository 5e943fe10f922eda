// Chunks of an upload, and how far it is. Both answer {status, body, isLoggedOut} and never throw.

import { isLoggedOut } from "./post.js";

// Milliseconds without a byte or an answer, after which a line is taken for broken; a server looks at a video for 60 s.
const TIMEOUT_MS = 180_000;

function ask(method, url, data, headers, { onUpload, signal } = {}) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    request.setRequestHeader("Accept", "application/json");
    Object.entries(headers).forEach(([name, value]) => request.setRequestHeader(name, value));
    request.responseType = "json";
    let clock = null;
    const listen = () => {
      clearTimeout(clock);
      clock = setTimeout(() => request.abort(), TIMEOUT_MS);
    };
    request.upload.addEventListener("progress", (event) => {
      listen();
      onUpload?.(event.loaded);
    });
    const answer = () => {
      clearTimeout(clock);
      const { status, response: body } = request;
      resolve({ status, body, isLoggedOut: isLoggedOut(request) });
    };
    ["load", "error", "abort"].forEach((name) => request.addEventListener(name, answer));
    signal?.addEventListener("abort", () => request.abort());
    listen();
    request.send(data);
  });
}

export function sendChunk(url, offset, chunk, { method = "PATCH", ...options } = {}) {
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  const headers = { "X-CSRFToken": token, "Upload-Offset": offset, "Content-Type": "application/offset+octet-stream" };
  return ask(method, url, chunk, headers, options);
}

export function fetchOffset(url) {
  return ask("GET", url, null, {});
}
