"""Paintings over the whole screen: a presentation for a room, and several side by side with zoom in step.

Gradio has nothing like it. The page hands over what to show (``studio/tabs/present.py``); all else happens here.
"""

THEATRE_SCRIPT = r"""
() => {
  const PHOTO_MS = 1800, WIPE_MS = 3600, PAINTING_MS = 6000, HINT_MS = 5000;
  const HINT = matchMedia('(pointer: coarse)').matches
    ? 'Swipe for the next one · pull down to leave' : '← → for the next one · Space pauses · Esc leaves';
  const still = matchMedia('(prefers-reduced-motion: reduce)');
  const make = (tag, className, text = '') =>
    Object.assign(document.createElement(tag), {className, textContent: text});
  document.head.append(make('style', '', `
    #theatre { position: fixed; inset: 0; width: 100vw; height: 100dvh; max-width: none; max-height: none; margin: 0;
      padding: 0; border: 0; background: #0b0a09; color: #f4efe6; overflow: hidden; outline: none; touch-action: none;
      font-family: Georgia, 'Times New Roman', serif; user-select: none; }
    #theatre.play { cursor: none; }
    #theatre .plate { position: absolute; left: 0; right: 0; bottom: 0; height: 5.5rem; padding: 0 1rem; opacity: 0;
      display: flex; flex-direction: column; justify-content: center; text-align: center; }
    #theatre .plate.seen { opacity: 1; transition: opacity 1.2s; }
    #theatre .plate b { font-size: clamp(1.3rem, 3vw, 2.2rem); font-weight: normal; line-height: 1.2; }
    #theatre .plate span { font-size: clamp(1rem, 1.8vw, 1.4rem); color: #c9bfae; }
    #theatre .hint { position: absolute; top: 1rem; left: 0; right: 0; text-align: center; color: #c9bfae;
      font: 1rem system-ui, sans-serif; }
    #theatre figure { position: absolute; top: 0; bottom: 5.5rem; left: 0; right: 0; margin: auto; max-width: 100%;
      max-height: calc(100dvh - 5.5rem); }
    #theatre figure img { position: absolute; inset: 0; width: 100%; height: 100%; }
    #theatre .painting { clip-path: inset(0 100% 0 0); }
    #theatre .revealed .painting { clip-path: inset(0 0 0 0); transition: clip-path ${WIPE_MS}ms ease-in-out; }
    #theatre .wall { position: absolute; inset: 1rem 1rem 5.5rem; display: grid; gap: 0.8rem; }
    #theatre .wall img { width: 100%; height: 100%; min-height: 0; min-width: 0; object-fit: contain; }
    #theatre .cells { position: absolute; inset: 3.6rem 0.5rem 0.5rem; display: grid; gap: 0.5rem; }
    #theatre .cell { position: relative; overflow: hidden; min-width: 0; min-height: 0; background: #161412; }
    #theatre .cell img { width: 100%; height: 100%; object-fit: contain; cursor: grab;
      transform: translate(calc(var(--x, 0) * 1%), calc(var(--y, 0) * 1%)) scale(var(--zoom, 1)); }
    #theatre .cell span { position: absolute; left: 0; bottom: 0; padding: 0.3rem 0.7rem; background: #0b0a09d9;
      font: 1rem system-ui, sans-serif; pointer-events: none; }
    #theatre .close { position: absolute; top: 0.3rem; right: 0.5rem; min-width: 44px; min-height: 44px; border: 0;
      background: #2b2622; color: #f4efe6; border-radius: 0.6rem; font: 1rem system-ui, sans-serif; padding: 0 1rem;
      cursor: pointer; }
    #theatre .tip { position: absolute; top: 0.9rem; left: 0.8rem; color: #c9bfae; font: 1rem system-ui, sans-serif; }
    @media (prefers-reduced-motion: reduce) { #theatre * { transition: none !important; } }
  `));
  const dialog = make('dialog', '');
  dialog.id = 'theatre';
  dialog.tabIndex = -1;
  document.body.append(dialog);
  let slides = [], more = false, index = -1, waiting = false, paused = false, timers = [];

  const later = (ms, act) => timers.push(setTimeout(act, ms));
  const quiet = () => { timers.forEach(clearTimeout); timers = []; };
  const address = (path) => {
    const {root = '', api_prefix = ''} = window.gradio_config ?? {};
    return root + api_prefix + '/file=' + path.split('/').map(encodeURIComponent).join('/');
  };
  const picture = (path, className, alt) => Object.assign(make('img', className), {src: address(path), alt});
  const plate = (title, line) => {
    const box = dialog.querySelector('.plate');
    box.classList.remove('seen');
    box.replaceChildren(make('b', '', title), make('span', '', line));
    return box;
  };

  const close = () => { if (dialog.open) dialog.close(); };
  dialog.addEventListener('close', () => {  // by Escape, too
    quiet();
    if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
    dialog.replaceChildren();
    document.querySelector('#theatre-closed')?.click();  // nothing more needs to be painted
  });
  document.addEventListener('fullscreenchange', () => { if (!document.fullscreenElement) close(); });

  // The presentation.
  const open = () => {
    [slides, more, index, waiting, paused] = [[], true, -1, false, false];
    dialog.className = 'play';
    dialog.setAttribute('aria-label', 'Presentation');
    const box = make('div', 'plate');
    box.setAttribute('role', 'status');
    dialog.replaceChildren(make('div', 'hint', HINT), box);
    if (!dialog.open) dialog.showModal();
    dialog.focus();
    document.documentElement.requestFullscreen?.().catch(() => {});  // an iPhone has none; the page is covered anyway
    setTimeout(() => dialog.querySelector('.hint')?.remove(), HINT_MS);
    plate('Setting up…', '').classList.add('seen');
  };
  const go = async (wanted) => {
    if (!slides.length) return;
    if (wanted >= slides.length && more) { waiting = true; return; }
    quiet();
    waiting = false;
    const number = index = (wanted + slides.length) % slides.length;
    const slide = slides[number];
    const scene = slide.wall ? hang(slide) : await place(slide);
    if (number !== index || !dialog.open) return;  // somebody has gone on meanwhile
    dialog.querySelectorAll('figure, .wall').forEach((old) => old.remove());
    dialog.prepend(scene);
    dialog.dataset.slide = String(number);
    const box = plate(slide.title, slide.artist ?? '');
    later(slide.wall ? 0 : PHOTO_MS, () => {
      scene.classList.add('revealed');
      box.classList.add('seen');
    });
    const rest = (slide.wall ? 0 : PHOTO_MS + WIPE_MS) + PAINTING_MS;
    if (!still.matches) later(rest, () => { if (!paused) go(index + 1); });
  };
  const place = async (slide) => {
    const figure = make('figure', '');
    const both = [picture(slide.photo, 'photo', 'The photo'), picture(slide.painting, 'painting', slide.title)];
    await Promise.allSettled(both.map((image) => image.decode()));
    const shape = both[1].naturalWidth / (both[1].naturalHeight || 1) || 1;
    figure.style.aspectRatio = shape;
    figure.style.width = `min(100vw, (100dvh - 5.5rem) * ${shape})`;
    figure.append(...both);
    return figure;
  };
  const columns = (count) => Math.ceil(Math.sqrt(count * Math.max(0.3, innerWidth / innerHeight)));
  const hang = (slide) => {
    const wall = make('div', 'wall');
    const across = Math.min(slide.wall.length, columns(slide.wall.length));
    wall.style.gridTemplateColumns = `repeat(${across}, minmax(0, 1fr))`;
    wall.style.gridAutoRows = 'minmax(0, 1fr)';
    wall.append(...slide.wall.map((path) => picture(path, '', '')));
    return wall;
  };

  // Side by side: one zoom for all.
  let zoom = 1, x = 0, y = 0;
  const turn = () => {
    const cells = dialog.querySelector('.cells');
    zoom = Math.min(8, Math.max(1, zoom));
    [x, y] = [x, y].map((shift) => Math.min(50 * (zoom - 1), Math.max(-50 * (zoom - 1), shift)));
    for (const [name, value] of Object.entries({zoom, x, y})) cells.style.setProperty('--' + name, value);
  };
  const zoomAt = (factor, cell, clientX, clientY) => {
    const box = cell.getBoundingClientRect(), before = zoom;
    zoom = Math.min(8, Math.max(1, zoom * factor));
    const from = (at, start, size, shift) => {
      const point = 100 * (at - start - size / 2) / size;
      return point - (point - shift) * zoom / before;
    };
    [x, y] = [from(clientX, box.x, box.width, x), from(clientY, box.y, box.height, y)];
    turn();
  };
  const compare = (pictures) => {
    [zoom, x, y] = [1, 0, 0];
    dialog.className = 'compare';
    dialog.setAttribute('aria-label', 'Side by side');
    const cells = make('div', 'cells'), leave = make('button', 'close', 'Close');
    const across = pictures.length === 4 ? 2 : innerWidth < innerHeight ? 1 : pictures.length;
    cells.style.gridTemplateColumns = `repeat(${across}, minmax(0, 1fr))`;
    cells.style.gridAutoRows = 'minmax(0, 1fr)';
    cells.append(...pictures.map(({painting, title}) => {
      const cell = make('div', 'cell'), image = picture(painting, '', title);
      image.draggable = false;
      cell.append(image, make('span', '', title));
      return cell;
    }));
    leave.addEventListener('click', close);
    const tip = matchMedia('(pointer: coarse)').matches ? 'Two fingers zoom' : 'The wheel zooms, the mouse moves';
    dialog.replaceChildren(make('div', 'tip', tip), cells, leave);
    if (!dialog.open) dialog.showModal();
    dialog.focus();
  };

  // What the page hands over.
  const show = (scene) => {
    if (!scene) return;
    if (scene.compare) return compare(scene.compare);
    if (!dialog.open || !dialog.matches('.play')) return;
    if (scene.said) return plate(scene.said, '').classList.add('seen');
    slides = scene.slides;
    more = scene.more;
    if (index < 0) go(0);
    else if (waiting) go(Math.min(index + 1, slides.length));
  };

  // Keys and fingers.
  dialog.addEventListener('keydown', (event) => {
    const move = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[event.key];
    if (dialog.matches('.compare')) {
      if (event.key === '+' || event.key === '-') zoom *= event.key === '+' ? 1.25 : 0.8;
      else if (move) [x, y] = [x - 10 * move[0], y - 10 * move[1]];
      else return;
      event.preventDefault();
      turn();
      return;
    }
    const act = {
      ArrowRight: () => go(index + 1), PageDown: () => go(index + 1), Enter: () => go(index + 1),
      ArrowLeft: () => go(Math.max(0, index - 1)), PageUp: () => go(Math.max(0, index - 1)),
      Home: () => go(0), End: () => go(slides.length - 1),
      ' ': () => { paused = !paused; if (!paused) go(index + 1); },
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  const fingers = new Map();
  let start = null;
  dialog.addEventListener('pointerdown', (event) => {
    fingers.set(event.pointerId, event);
    start = {x: event.clientX, y: event.clientY};
  });
  dialog.addEventListener('pointermove', (event) => {
    const last = fingers.get(event.pointerId), cell = event.target.closest?.('.cell');
    if (!last || !dialog.matches('.compare') || !cell) return;
    const box = cell.getBoundingClientRect();
    if (fingers.size === 1) {
      x += 100 * (event.clientX - last.clientX) / box.width;
      y += 100 * (event.clientY - last.clientY) / box.height;
      turn();
    } else {
      const other = [...fingers.values()].find((finger) => finger.pointerId !== event.pointerId);
      const far = (finger) => Math.hypot(finger.clientX - other.clientX, finger.clientY - other.clientY) || 1;
      zoomAt(far(event) / far(last), cell, (event.clientX + other.clientX) / 2, (event.clientY + other.clientY) / 2);
    }
    fingers.set(event.pointerId, event);
  });
  const lift = (event) => {
    if (!fingers.delete(event.pointerId) || !start || !dialog.matches('.play')) return;
    const dx = event.clientX - start.x, dy = event.clientY - start.y;
    start = null;
    if (event.type === 'pointercancel') return;
    if (dy > 80 && dy > Math.abs(dx)) close();
    else if (Math.abs(dx) > 40 ? dx > 0 : event.clientX < innerWidth / 4) go(Math.max(0, index - 1));
    else go(index + 1);
  };
  dialog.addEventListener('pointerup', lift);
  dialog.addEventListener('pointercancel', lift);
  dialog.addEventListener('wheel', (event) => {
    const cell = event.target.closest?.('.cell');
    if (!cell) return;
    event.preventDefault();
    zoomAt(event.deltaY < 0 ? 1.2 : 1 / 1.2, cell, event.clientX, event.clientY);
  }, {passive: false});

  window.atelierTheatre = {open, show};
}
"""
