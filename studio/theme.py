"""How the app looks."""

import gradio as gr

THEME = gr.themes.Soft(primary_hue="orange", neutral_hue="stone", radius_size="lg")

CSS = """
.gradio-container { max-width: 1280px !important; margin: 0 auto !important; }
#intro { text-align: center; margin: 0.2rem 0 0.4rem; }
#intro h1 { font-size: 2rem; margin-bottom: 0; }
#wall .grid-wrap { max-height: none; padding: 0; }
#wall .caption-label {
  left: 0; right: 0; bottom: 0; max-width: none; padding: 0.15rem 0.3rem; border: 0; border-radius: 0;
  font-size: 0.8rem; line-height: 1.15; white-space: normal; text-align: center; opacity: 0.94;
}
#status progress { width: 100%; height: 0.7rem; appearance: none; border: 0; }
#status progress::-webkit-progress-bar { background: var(--border-color-primary); border-radius: 0.4rem; }
#status progress::-webkit-progress-value { background: var(--color-accent); border-radius: 0.4rem; }
#status progress::-moz-progress-bar { background: var(--color-accent); border-radius: 0.4rem; }
@media (max-width: 640px) {
  #intro h1 { font-size: 1.5rem; }
  #wall .grid-container { grid-template-columns: repeat(3, 1fr) !important; }
}
"""
