"""How the app looks."""

from gradio.themes import Soft

THEME = Soft(primary_hue="orange", neutral_hue="stone", radius_size="lg")

CSS = """
.gradio-container { width: 100%; max-width: 1280px !important; margin: 0 auto !important; }
#intro { text-align: center; margin: 0.2rem 0 0.4rem; }
#intro h1 { font-size: 2rem; margin-bottom: 0; }
#wall .grid-wrap, #showcase .grid-wrap { max-height: none; padding: 0; }
#paintings .grid-wrap, #public-wall .grid-wrap { max-height: 560px; }
#public-wall .grid-wrap { padding: 0; }
#paintings .grid-container { grid-template-columns: repeat(4, 1fr) !important; }
#tray .grid-wrap { max-height: 220px; }
#wall .grid-wrap, #showcase .grid-wrap, #public-wall .grid-wrap, #paintings .grid-wrap, #tray .grid-wrap {
  min-height: 0;
}
#public-wall .grid-container { grid-template-columns: repeat(6, 1fr) !important; }
#tray .grid-container { grid-template-columns: repeat(8, 1fr) !important; }
#wall .caption-label, #paintings .caption-label, #showcase .caption-label, #public-wall .caption-label {
  left: 0; right: 0; bottom: 0; max-width: none; padding: 0.15rem 0.3rem; border: 0; border-radius: 0;
  font-size: 0.8rem; line-height: 1.15; white-space: normal; text-align: center; opacity: 0.94;
}
#actions button { padding-inline: 0.25rem; font-size: 0.9rem; white-space: nowrap; }
#status progress, #sheet-status progress { width: 100%; height: 0.7rem; appearance: none; border: 0; }
#sheet-head { background: var(--block-background-fill); align-items: center; }
progress::-webkit-progress-bar { background: var(--border-color-primary); border-radius: 0.4rem; }
progress::-webkit-progress-value { background: var(--color-accent); border-radius: 0.4rem; }
progress::-moz-progress-bar { background: var(--color-accent); border-radius: 0.4rem; }
@media (max-width: 640px) {
  #intro h1 { font-size: 1.5rem; }
  .tab-container button { padding: 0 0.4rem !important; font-size: 0.85rem !important; }  /* all four tabs fit */
  #wall .grid-container, #paintings .grid-container, #showcase .grid-container, #public-wall .grid-container {
    grid-template-columns: repeat(3, 1fr) !important;
  }
}
"""
