// Controls of a video: play, position, sound, full screen; also by keys, as long as the focus is in the player.

const clock = (seconds) => {
  const whole = Math.floor(seconds || 0);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
};

function show(button, isOn) {
  button.classList.toggle("wipe__button--on", isOn);
  button.setAttribute("aria-label", isOn ? button.dataset.on : button.dataset.off);
  button.title = button.getAttribute("aria-label");
}

export function enableControls(root, video) {
  const part = (name) => root.querySelector(`[data-part=${name}]`);
  const button = (name) => root.querySelector(`[data-do=${name}]`);
  const [seek, time, volume] = ["seek", "time", "volume"].map(part);

  const length = () => (Number.isFinite(video.duration) ? video.duration : 0);
  const showTime = () => {
    seek.max = length();
    seek.value = video.currentTime;
    time.textContent = `${clock(video.currentTime)} / ${clock(length())}`;
    seek.setAttribute("aria-valuetext", time.textContent);
  };
  const showSound = () => {
    show(button("sound"), !video.muted && video.volume > 0);
    volume.value = video.muted ? 0 : video.volume;
  };

  const does = {
    play: () => (video.paused ? video.play().catch(() => {}) : video.pause()),
    sound: () => {
      video.muted = !video.muted && video.volume > 0;
      if (!video.muted && video.volume === 0) video.volume = 1;
    },
    full: () => (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen()),
  };
  const keys = { " ": does.play, k: does.play, f: does.full, m: does.sound };

  ["play", "pause", "ended"].forEach((name) => video.addEventListener(name, () => show(button("play"), !video.paused)));
  ["loadedmetadata", "durationchange", "timeupdate", "seeking"].forEach((name) => video.addEventListener(name, showTime));
  Object.entries(does).forEach(([name, act]) => button(name)?.addEventListener("click", act));
  seek.addEventListener("input", () => { video.currentTime = Number(seek.value); });
  show(button("play"), false);
  showTime();
  if (volume) {
    video.addEventListener("volumechange", showSound);
    volume.addEventListener("input", () => { video.volume = Number(volume.value); video.muted = false; });
    showSound();
  }
  document.addEventListener("fullscreenchange", () => show(button("full"), document.fullscreenElement === root));
  button("full").hidden = !document.fullscreenEnabled;
  show(button("full"), false);
  root.addEventListener("keydown", (event) => {
    const isButton = event.target.matches("button") && event.key === " ";
    const act = !event.ctrlKey && !event.metaKey && !event.altKey && !isButton && keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}
