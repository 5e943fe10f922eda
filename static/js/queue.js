// Asks where in the server's queue a conversion stands, less often the longer it will take.

const form = document.getElementById("studio");
const MIN_PAUSE_SECONDS = 1; // most photos are done before anybody wants to know
const MAX_PAUSE_SECONDS = 5;
const MAX_MISSES = 3;

// A name for a request that nobody else knows; browsers have randomUUID only over https and on this machine.
export function newRequestId() {
  const bytes = window.crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Calls `onPosition({ahead, seconds})` while the request waits, and with null when it does not, or not yet.
export async function followQueue(requestId, { isOver, onPosition }) {
  const url = form.dataset.queue.replace("ticket", requestId);
  for (let pause = MIN_PAUSE_SECONDS, misses = 0; misses < MAX_MISSES;) {
    await new Promise((resolve) => { setTimeout(resolve, pause * 1000); });
    if (isOver()) return;
    let position = null;
    try {
      position = await (await fetch(url, { headers: { Accept: "application/json" } })).json();
    } catch { /* the request itself will tell what is wrong */ }
    if (isOver()) return;
    if (!position?.ahead) { misses += 1; onPosition(null); continue; }
    onPosition(position);
    pause = Math.min(MAX_PAUSE_SECONDS, Math.max(MIN_PAUSE_SECONDS, position.seconds / 4));
  }
}
