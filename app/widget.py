"""The page in the cell of a notebook, which tells Python what is selected in it"""

import anywidget
import traitlets

_ESM = """
export default {
  render({ model, el }) {
    el.innerHTML = model.get("frame");
    const page = el.firstElementChild;
    const hear = ({ source, data }) => {
      if (source !== page.contentWindow || !data?.headscope) return;
      model.set("selection", data.headscope);
      model.save_changes();
    };
    addEventListener("message", hear);
    return () => removeEventListener("message", hear);
  },
};
"""


class Widget(anywidget.AnyWidget):
    """`selection` has stack, layer, head, query and key of what is open; `observe` hears of it."""

    _esm = _ESM
    frame = traitlets.Unicode().tag(sync=True)
    """The page in an element out of whose reach the notebook stays (figures/standalone.py)."""
    selection = traitlets.Dict().tag(sync=True)
