// Keeps a second video at the moment of a first one, which its viewer plays, stops and seeks.

const MAX_DRIFT = 0.25; // seconds, beyond which it jumps; a smaller drift is caught up with, as jumps are seen
const MIN_DRIFT = 0.02; // seconds, about half a frame

export function syncVideos(second, first, offset) {
  const end = () => second.duration || Infinity;
  const moment = () => Math.min(first.currentTime + offset, end());
  const drift = () => moment() - second.currentTime;
  const play = () => second.play().catch(() => {}); // stopped again before it began, or it cannot be played

  let lead = 0; // seconds that it takes to jump, by which it has to jump further while the first one plays on

  // Faster or slower by as much as makes up for the drift in half a second.
  const pace = () => (Math.abs(drift()) < MIN_DRIFT ? 1 : 1 + Math.max(-0.5, Math.min(0.5, 2 * drift())));

  function align() {
    if (second.readyState === 0 || second.seeking) return;
    const isStill = first.paused || first.seeking;
    if (Math.abs(drift()) > (isStill ? MIN_DRIFT : MAX_DRIFT)) second.currentTime = moment() + (isStill ? 0 : lead);
    second.playbackRate = first.playbackRate * (isStill ? 1 : pace());
    const shallPlay = !isStill && first.readyState > 2 && moment() < end();
    if (shallPlay && second.paused) play();
    if (!shallPlay && !second.paused) second.pause();
  }

  ["play", "playing", "pause", "waiting", "seeking", "seeked", "ratechange", "timeupdate", "ended"]
    .forEach((name) => first.addEventListener(name, align));
  second.addEventListener("seeked", () => {
    if (!first.paused && !first.seeking) lead = Math.max(0, Math.min(1, lead + drift()));
  });
  ["loadedmetadata", "seeked", "canplay"].forEach((name) => second.addEventListener(name, align));
}
