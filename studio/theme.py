"""How the app looks."""

from gradio.themes import Soft

# Colours that can be read: at least 4.5 : 1 in both themes, which white on the usual orange is not.
READABLE = {
    "checkbox_label_background_fill_selected": "*primary_700",
    "button_primary_background_fill": "*primary_700",
    "button_primary_background_fill_hover": "*primary_800",
    "block_label_text_color": "*neutral_700",
    "checkbox_border_color": "*neutral_500",  # 3 : 1 at least against its ground, as WCAG asks of controls
    "block_title_text_color": "*neutral_700",
    "block_info_text_color": "*neutral_600",
    "body_text_color_subdued": "*neutral_600",
    "input_placeholder_color": "*neutral_500",
    "link_text_color": "*primary_800",
}
READABLE_IN_THE_DARK = {
    "block_label_background_fill": "*neutral_800",
    "block_title_background_fill": "*neutral_800",
    "checkbox_label_background_fill_selected": "*primary_700",
    "button_primary_background_fill": "*primary_700",
    "button_primary_background_fill_hover": "*primary_800",
    "block_label_text_color": "*neutral_200",
    "block_title_text_color": "*neutral_200",
    "block_info_text_color": "*neutral_300",
    "body_text_color_subdued": "*neutral_300",
    "input_placeholder_color": "*neutral_400",
    "link_text_color": "*primary_300",
}
FONT = ("ui-sans-serif", "system-ui", "sans-serif")  # the visitor's own: no font to wait for
THEME = Soft(primary_hue="orange", neutral_hue="stone", radius_size="lg", font=FONT, font_mono=("monospace",)).set(
    **READABLE, **{f"{name}_dark": value for name, value in READABLE_IN_THE_DARK.items()}
)

CSS = """
.gradio-container { width: 100%; max-width: 1280px !important; margin: 0 auto !important; }
.gradio-container { overflow: clip !important; }  /* hidden would keep the painting from staying in sight */
#intro { text-align: center; margin: 0.2rem 0 0.4rem; }
#intro h1 { font-size: 2rem; margin-bottom: 0; }
#nothing-kept { display: none; text-align: center; padding: 0.5rem; background: var(--background-fill-secondary); }
/* As many columns as there is room for: nothing scrolls sideways out of sight. */
.grid-container { grid-template-columns: repeat(auto-fill, minmax(88px, 1fr)) !important; }
.grid-container .gallery-item, .grid-container .thumbnail-lg { min-width: 0; width: 100%; }
.grid-wrap { min-height: 0 !important; overflow-x: hidden !important; }
#wall .grid-wrap, #showcase .grid-wrap { max-height: none; padding: 0; }
#paintings .grid-wrap, #public-wall .grid-wrap { max-height: 560px; }
#public-wall .grid-wrap { padding: 0; }
#sheet .grid-wrap { max-height: none; }
#sheet .grid-container { grid-template-columns: repeat(auto-fill, minmax(130px, 1fr)) !important; }
/* Chosen paintings have a tick; what can be done with them, and a deletion's Undo, stay in sight. */
#paintings [data-picked] { outline: 3px solid var(--color-accent); outline-offset: -3px; }
#paintings [data-picked]::after {
  content: "✓"; position: absolute; top: 6px; right: 6px; width: 28px; height: 28px; border-radius: 50%;
  background: var(--primary-700); color: white; font-weight: 700; line-height: 28px; text-align: center;
}
#bar, .snackbar {
  position: fixed; left: 0; right: 0; bottom: 0; z-index: 40; margin: 0 auto; max-width: 1280px; padding: 0.6rem 1rem;
  align-items: center; background: var(--background-fill-primary); border-top: 2px solid var(--color-accent);
  box-shadow: 0 -4px 16px rgb(0 0 0 / 0.2);
}
#bar button { padding-inline: 0.3rem; flex: 1 1 80px; min-width: 0; }
#chosen { flex: 0 0 auto; min-width: 7rem; }
.gradio-container:has(#bar) { padding-bottom: 9rem; }
.snackbar { bottom: 1rem; max-width: 26rem; border: 2px solid var(--color-accent); border-radius: 0.8rem; z-index: 41; }
.gradio-container:has(#bar) .snackbar { bottom: 9rem; }
/* A tile under the mouse is not yet the chosen one, which has a ring of its own. */
#wall .thumbnail-lg:hover:not(.selected) { --ring-color: transparent; border-color: var(--border-color-primary); }
#wall .thumbnail-lg.selected { outline: 3px solid var(--color-accent); outline-offset: 1px; }
#wall .grid-container { padding: 4px; }
#wall .caption-label, #sheet .caption-label, #paintings .caption-label, #showcase .caption-label,
#public-wall .caption-label {
  left: 0; right: 0; bottom: 0; max-width: none; padding: 0.15rem 0.3rem; border: 0; border-radius: 0;
  font-size: 0.8rem; line-height: 1.15; white-space: normal; text-align: center; opacity: 0.94;
}
/* While a painting is on its way, the old one stays, dimmed, under a thin bar. */
#result img { transition: opacity 0.2s; }
.gradio-container:has(#said .busy:not(.sketched)) #result img { opacity: 0.45; }
.photo-seen #result img.fixed { opacity: 0 !important; }
#look { touch-action: none; user-select: none; -webkit-touch-callout: none; }
#strip .grid-container { grid-template-columns: repeat(auto-fill, minmax(64px, 1fr)) !important; }
#strip .caption-label { display: none; }
#strip .grid-wrap, #takes .grid-wrap { padding-top: 2rem; max-height: none; }
#takes .grid-container { grid-template-columns: 1fr 1fr !important; }
/* Gradio lays its components out one after another: each has its place before it is there, so nothing below jumps. */
#desk { min-height: 100vh; }
.gradio-container:has(#desk) .app > .wrap.full { visibility: hidden; }  /* the wheel of before: it would sink */
#tries { min-height: 8rem; }
#tries .gallery { flex-wrap: nowrap; }
#choices:not(:has(#photo))::before { content: ""; height: 240px; }
#stage:not(:has(#verdict)) > #auto { margin-top: calc(49px + var(--layout-gap)); }
#choices:not(:has(#tries)) > #pick { margin-top: calc(8rem + var(--layout-gap)); }
#choices:not(:has(#wall)) > #own-picture { margin-top: calc(436px + var(--layout-gap)); }
#actions { min-height: 204px; align-content: flex-start; }
/* The painting's place is kept until it is there. */
#stage:not(:has(#result img))::before { content: ""; width: 100%; aspect-ratio: 3 / 2; }
#result:not(:has(img)) { display: none; }
#result img[src*="/showcase/"] { width: 100%; height: auto; aspect-ratio: auto 3 / 2; }
/* What is said while a painting is on its way lies on the old one's lower edge, so that nothing has to make room. */
#said { overflow: visible; }
#said:not(:has([role=status])) { display: none; }  /* no commas inside :has and :not: Gradio cuts selectors there */
#said:has(.busy) { height: 0; margin-bottom: calc(-1 * var(--layout-gap)); z-index: 21; }
#said .busy {
  position: absolute; left: 0; right: 0; bottom: var(--layout-gap); padding: 0.35rem 0.8rem; color: white;
  background: rgb(28 25 23 / 0.85);
}
#said .busy::before {
  content: ""; position: absolute; left: 0; right: 0; top: -4px; height: 4px;
  background: linear-gradient(90deg, transparent, var(--color-accent), transparent) 0 0 / 40% 100% no-repeat;
  animation: atelier-busy 1.2s linear infinite;
}
#said .reason { font-weight: 600; }
@keyframes atelier-busy { from { background-position: -70% 0; } to { background-position: 170% 0; } }
[data-testid="status-tracker"].hidden { display: none; }  /* Gradio still writes its seconds there */
#change-photo { display: none; }
#choices:has(#photo .image-frame img) #change-photo { display: block; }
#choices:has(#photo .image-frame img) #photo .source-selection { display: none; }  /* they would drop the photo */
#actions > .form { flex: 1 1 100%; }
#verdict .prose { display: grid; grid-template-columns: 1fr 1fr; gap: 0 1.5rem; }
#verdict { min-height: 2.6rem; }
#verdict progress { display: block; width: 100%; height: 0.4rem; margin-top: 0.2rem; appearance: none; border: 0; }
#auto { flex-wrap: nowrap; align-items: center; gap: 0.5rem; min-height: 28px; }
#auto-label { flex: 0 0 auto; width: auto; }
#auto-label .html-container, #verdict .html-container { padding: 0; }
#auto button, #photo-buttons button { flex: 1 1 0; min-width: 0 !important; padding-inline: 0.4rem; }
#photo-buttons { flex-wrap: nowrap; }
#actions button { padding-inline: 0.25rem; font-size: 0.9rem; white-space: nowrap; }
#status progress, #sheet-status progress { width: 100%; height: 0.7rem; appearance: none; border: 0; }
#sheet-head { background: var(--block-background-fill); align-items: center; }
.way { padding: 0.6rem 0.8rem 0; }
.losses { display: grid; grid-template-columns: repeat(auto-fill, minmax(250px, 1fr)); gap: 0.8rem; }
.losses figure { display: flex; align-items: flex-start; gap: 0.6rem; margin: 0; }
.losses img { flex: none; border-radius: 8px; }
.losses b { display: block; }
progress::-webkit-progress-bar { background: var(--border-color-primary); border-radius: 0.4rem; }
progress::-webkit-progress-value { background: var(--color-accent); border-radius: 0.4rem; }
progress::-moz-progress-bar { background: var(--color-accent); border-radius: 0.4rem; }
/* Gradio puts its own container before every selector inside @media. */
@media (max-width: 640px) {
  #chosen { flex: 1 1 100%; }
  #bar { gap: 0.4rem; padding: 0.4rem 0.6rem; }
  #bar button { flex-basis: 70px; min-width: 0 !important; }
  #how-1, #how-2, #how-3 { height: auto !important; }
  #intro h1 { font-size: 1.5rem; }
  .tab-container button { padding: 0 0.4rem !important; font-size: 0.85rem !important; }  /* all four tabs fit */
  /* A thumb needs room: the controls that are easily missed are 44 px high. */
  button:not(.gallery-item):not(.thumbnail-lg), select { min-height: 44px; }
  button.label-wrap { align-items: center; }
  .icon-button, button.icon, .reset-button { min-width: 44px; }
  .source-selection svg { width: 22px; height: 22px; margin: auto; }
  .tab-like-container { height: 44px !important; }
  input[type="range"] { height: 44px; }
  .gallery .gallery-item { min-width: 44px; min-height: 44px; }
  /* The photo, under it the painting, which stays in sight, then the styles as one strip; Download is always there. */
  #desk { flex-direction: column; flex-wrap: nowrap; padding-bottom: 64px; }
  #choices { display: contents; }
  #stage { display: contents; }
  #desk > * > * { order: 11; }
  #desk:not(:has(#photo))::before { content: ""; height: 150px; order: 1; }
  #desk:not(:has(#wall))::after { content: ""; height: 108px; order: 7; }
  #choices:not(:has(#photo))::before { display: none; }
  #stage:not(:has(#result img))::before { order: 4; }
  #stage:not(:has(#verdict)) > #auto { margin-top: 0; }
  #choices:not(:has(#tries)) > #pick { margin-top: 0; }
  #choices:not(:has(#wall)) > #own-picture { margin-top: 0; }
  #photo { order: 1; height: 150px !important; }
  #photo-buttons { order: 2; }
  #choices:not(:has(#photo .image-frame img)) #photo-buttons { display: none; }  /* a phone asks by itself */
  #tries { order: 9; }
  #result { order: 4; position: sticky; top: 0; z-index: 20; }
  #result img { max-height: 40vh !important; }
  #said { order: 5; }
  #caption { order: 5; }
  #verdict { order: 8; }
  #auto { order: 8; }
  #pick { order: 6; }
  #pick h2 { font-size: 1.1rem; margin: 0; }
  #wall { order: 7; }
  #actions { order: 8; min-height: 321px; }
  #strip { order: 10; }
  #takes { order: 10; }
  #wall .grid-container {
    grid-template-columns: none !important; grid-auto-flow: column; grid-auto-columns: 92px; overflow-x: auto;
    scroll-snap-type: x proximity;
  }
  #wall .gallery-item { scroll-snap-align: center; }
  #download:disabled { visibility: hidden; }
  #download { position: fixed; right: 12px; bottom: 12px; z-index: 21; width: auto; box-shadow: 0 2px 10px #0006; }
}
@media (prefers-reduced-motion: reduce) {
  *, *::before, *::after {
    animation-duration: 0.01ms !important; animation-iteration-count: 1 !important;
    transition-duration: 0.01ms !important;
    scroll-behavior: auto !important;
  }
}
"""
