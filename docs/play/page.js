// Loads a figure that moves when a reader comes near its place: the runtime, the frame of
// all figures, and its own script.
(function () {
  const FILES = [
    "core.js",
    "safetensors.js",
    "layers.js",
    "models.js",
    "tokenizers.js",
    "decoding.js",
    "learning.js",
    "frame.js",
  ];
  const home = document.currentScript.src.replace(/[^/]*$/u, "");
  const loaded = {};

  const load = (file) => {
    loaded[file] = loaded[file] || new Promise((resolve, reject) => {
      const made = document.createElement(file.endsWith(".css") ? "link" : "script");
      Object.assign(made, { rel: "stylesheet", href: home + file, src: home + file });
      made.onload = resolve;
      made.onerror = () => reject(new Error(`${file} was not found`));
      document.head.append(made);
    });
    return loaded[file];
  };

  async function begin(place) {
    const name = place.dataset.play;
    for (const file of ["play.css", ...FILES]) await load(file);
    window.play.home = home;
    await load(`figures/${name}.js`);
    if (!place.figure) window.play.show(place, name);
  }

  const watcher = new IntersectionObserver((seen) => {
    for (const { isIntersecting, target } of seen) {
      if (!isIntersecting) continue;
      watcher.unobserve(target);
      begin(target);
    }
  }, { rootMargin: "600px" });
  for (const place of document.querySelectorAll("[data-play]")) watcher.observe(place);
})();
