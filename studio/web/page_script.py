"""What the page does that Gradio's components do not: a few lines of JavaScript.

``FIRST_SCRIPT`` runs before anything of Gradio's, ``PAGE_SCRIPT`` once the page has loaded.
"""

FIRST_SCRIPT = r"""
(() => {
  // Strict privacy settings and frames of other sites block the browser's storage, and Gradio would load for ever.
  // A storage that lasts as long as the page takes its place, and the page says that nothing is kept.
  const works = (name) => {
    try {
      const storage = window[name];
      if (storage.getItem('atelier-owner') === null) {  // a full storage that knows the visitor will do
        storage.setItem('atelier-probe', '1');
        storage.removeItem('atelier-probe');
      }
      return true;
    } catch { return false; }
  };
  const show = (rule) => {
    document.head.append(Object.assign(document.createElement('style'), {textContent: rule}));
  };
  for (const name of ['localStorage', 'sessionStorage']) {
    if (works(name)) continue;
    const values = new Map();
    const storage = {
      getItem: (key) => values.get(String(key)) ?? null,
      setItem: (key, value) => void values.set(String(key), String(value)),
      removeItem: (key) => void values.delete(String(key)),
      clear: () => values.clear(),
      key: (index) => [...values.keys()][index] ?? null,
      get length() { return values.size; },
    };
    Object.defineProperty(window, name, {configurable: true, value: storage});
    if (name === 'localStorage') show('html #nothing-kept.block { display: block !important; }');
  }
  // A frame that may not even load the page's own scripts: words and a link instead of an empty box.
  addEventListener('error', (event) => {
    if (event.target.tagName !== 'SCRIPT' || document.getElementById('not-here')) return;
    const link = Object.assign(document.createElement('a'), {href: location.href, target: '_blank', rel: 'noopener'});
    link.textContent = location.href;
    const note = Object.assign(document.createElement('p'), {id: 'not-here'});
    note.append('This page could not be loaded here. Open it in a tab of its own: ', link);
    document.body.prepend(note);
  }, true);
})()
"""

PAGE_SCRIPT = r"""
() => {
  const SLIDERS = '#result, #large, #start-now';
  const HOW = ['A painting with six bits marked', 'Where the six bits went in a photo', 'The finished painting'];
  const find = (selector) => document.querySelector(selector);

  // The sheet of a phone that shares files; most desktops have none.
  const sample = new File([''], 'painting.png', {type: 'image/png'});
  const hidden = Object.assign(document.createElement('style'), {textContent: '.share {display: none !important}'});
  if (!navigator.canShare?.({files: [sample]})) document.head.append(hidden);

  // Names: Gradio calls a tile "Thumbnail 3 of 16" and gives its pictures none.
  const called = (source) => {
    const stem = decodeURIComponent(source.split('/').pop()).replace(/\.\w+$/, '').replaceAll('_', ' ');
    return stem.charAt(0).toUpperCase() + stem.slice(1);
  };
  const put = (element, attribute, text) => {
    if (element && element.getAttribute(attribute) !== text) element.setAttribute(attribute, text);
  };
  const name = () => {
    document.querySelectorAll('.thumbnail-lg').forEach((tile) => {
      const caption = tile.querySelector('.caption-label');
      if (caption) put(tile, 'aria-label', caption.textContent.trim());
      put(tile, 'aria-pressed', String(tile.classList.contains('selected') || 'picked' in tile.dataset));
      put(tile.querySelector('img'), 'alt', '');  // the tile says it already
    });
    document.querySelectorAll('button.gallery-item img')
      .forEach((img) => put(img, 'alt', 'Example: ' + called(img.src)));
    document.querySelectorAll('.empty[aria-label]').forEach((empty) => empty.removeAttribute('aria-label'));
    put(find('#photo .image-frame img'), 'alt', 'Your photo');
    document.querySelectorAll('#outcome img, #stage-look img, #painting-look img')
      .forEach((img) => put(img, 'alt', 'What you asked for'));
    document.querySelectorAll('#how img').forEach((img, number) => put(img, 'alt', HOW[number]));
    document.querySelectorAll('[data-testid=file-upload]').forEach((input) => {
      if (input.accept === 'image/*') input.accept = 'image/*,.heic,.heif';
      const button = input.closest('button');
      if (button) put(button, 'aria-label', button.textContent.trim() || 'Drop a picture here');
    });
    document.querySelectorAll(SLIDERS).forEach((box) => {
      const [before, after] = box.querySelectorAll('img');
      const learning = box.id === 'start-now';
      put(before, 'alt', learning ? 'Painted at the start' : 'The photo');
      put(after, 'alt', learning ? 'Painted now' : 'The painting');
      const handle = box.querySelector('.inner');
      put(handle, 'tabindex', '0');
      put(handle, 'role', 'slider');
      put(handle, 'aria-label', learning ? 'From the start to now' : 'From photo to painting');
      if (handle) put(handle, 'aria-valuenow', String(position(handle)));
    });
  };
  const position = (handle) => {
    const picture = handle.closest(SLIDERS).querySelector('img').getBoundingClientRect();
    const middle = handle.getBoundingClientRect();
    return Math.round(100 * (middle.x + middle.width / 2 - picture.x) / (picture.width || 1));
  };
  let waiting = false;
  new MutationObserver(() => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; name(); });
  }).observe(document.body, {
    childList: true, subtree: true, attributes: true,
    attributeFilter: ['aria-label', 'class', 'alt', 'src', 'style', 'data-picked'],
  });
  name();

  // Before and after by keyboard: Gradio's handle knows the mouse alone, so the keys move it as a mouse would.
  document.addEventListener('keydown', (event) => {
    const step = {ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1}[event.key];
    const handle = event.target.closest?.('.inner[role=slider]');
    if (!step || !handle) return;
    event.preventDefault();
    const picture = handle.closest(SLIDERS).querySelector('img').getBoundingClientRect();
    const at = handle.getBoundingClientRect();
    const x = at.x + at.width / 2, y = at.y + at.height / 2;
    const mouse = (type, clientX, target) => target.dispatchEvent(
      new MouseEvent(type, {clientX, clientY: y, bubbles: true, cancelable: true, view: window}));
    mouse('mousedown', x, handle);
    mouse('mousemove', x + step * picture.width / 20, window);
    mouse('mouseup', x + step * picture.width / 20, window);
    requestAnimationFrame(name);
  });

  // The slider glides once to the photo and back, unless the visitor does something or wants no motion.
  const glide = () => {
    const painting = find('#result img.fixed'), bar = find('#result .outer');
    if (matchMedia('(prefers-reduced-motion: reduce)').matches || !painting || !bar) return;
    const from = new DOMMatrix(getComputedStyle(bar).transform).e, far = from + 0.85 * painting.clientWidth;
    const timing = {duration: 2400, easing: 'ease-in-out'};
    const moving = [
      painting.animate({clipPath: ['inset(0 0 0 0%)', 'inset(0 0 0 85%)', 'inset(0 0 0 0%)']}, timing),
      bar.animate({transform: [from, far, from].map((x) => `translateX(${x}px)`)}, timing),
    ];
    const stop = () => moving.forEach((motion) => motion.cancel());
    ['pointerdown', 'keydown', 'wheel'].forEach((type) => addEventListener(type, stop, {once: true, capture: true}));
  };
  const opening = setInterval(() => {
    const pictures = [...document.querySelectorAll('#result img')];
    if (pictures.length < 2 || !pictures.every((picture) => picture.complete && picture.naturalWidth)) return;
    clearInterval(opening);
    setTimeout(glide, 600);
  }, 200);

  // As long as the button is held, by finger, mouse or key, the photo is seen.
  const look = (seen) => document.body.classList.toggle('photo-seen', seen);
  const onLook = (event) => event.target.closest?.('#look');
  document.addEventListener('pointerdown', (event) => { if (onLook(event)) look(true); });
  document.addEventListener('contextmenu', (event) => { if (onLook(event)) event.preventDefault(); });
  ['pointerup', 'pointercancel', 'blur'].forEach((type) => addEventListener(type, () => look(false)));
  document.addEventListener('keydown', (event) => { if (onLook(event) && ' Enter'.includes(event.key)) look(true); });
  document.addEventListener('keyup', () => look(false));

  // The wheel and a finger belong to the page; Ctrl and the wheel, two fingers or the handle to the picture.
  const ours = (event) => event.target.closest?.(SLIDERS) && !document.fullscreenElement;
  addEventListener('wheel', (event) => { if (!event.ctrlKey && ours(event)) event.stopPropagation(); },
    {capture: true, passive: true});
  addEventListener('touchstart', (event) => {
    if (event.touches.length === 1 && ours(event) && !event.target.closest('.inner')) event.stopPropagation();
  }, {capture: true, passive: true});

  // HEIC photos of phones: most browsers do not know their type, and Gradio refuses a picture without one.
  const untyped = (file) => !file.type && /\.hei[cf]$/i.test(file.name);
  const give = (input, files) => {
    const data = new DataTransfer();
    files.forEach((file) => data.items.add(untyped(file) ? new File([file], file.name, {type: 'image/heic'}) : file));
    input.files = data.files;
  };
  document.addEventListener('change', (event) => {
    const files = event.target.type === 'file' ? [...event.target.files] : [];
    if (files.some(untyped)) give(event.target, files);
  }, true);
  document.addEventListener('drop', (event) => {
    const files = [...event.dataTransfer.files];
    const input = event.target.closest?.('.block')?.querySelector('input[type=file]');
    if (!input || !files.some(untyped)) return;
    event.preventDefault();
    event.stopPropagation();
    give(input, files);
    input.dispatchEvent(new Event('change', {bubbles: true}));
  }, true);

  // Ctrl+V anywhere.
  document.addEventListener('paste', (event) => {
    const files = [...(event.clipboardData?.files ?? [])].filter((file) => file.type.startsWith('image/'));
    const box = event.target.closest?.('#style-image') ? '#style-image' : '#photo';
    const input = find(box + ' input[type=file]');
    if (!files.length || !input || !find(box).offsetParent) return;
    event.preventDefault();
    give(input, files.slice(0, 1));
    input.dispatchEvent(new Event('change', {bubbles: true}));
  });
  document.addEventListener('click', (event) => {
    if (event.target.closest?.('a[href$="view=api"]')) {
      event.preventDefault();
      find('.show-api').click();
    }
  }, true);

  // A link to the API page works from elsewhere, too. Gradio takes the page for open, and shows it at the second click.
  if (new URLSearchParams(location.search).get('view') === 'api') {
    const api = setInterval(() => {
      if (find('.api-docs')) clearInterval(api);
      else find('.show-api')?.click();
    }, 400);
  }
}
"""
