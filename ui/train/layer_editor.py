"""The layer editor: a network as a list of rows, one of them open for its settings.

The values are kept apart from the widgets, by form and with an identity for each layer. So they
move with their layer, and remain when the editor is folded away or the page is left. A network
that cannot be built is explained at the layer at fault, an impossible number at its field; neither
can be started.
"""

from typing import Any, Literal, get_args, get_origin

import streamlit as st
from pydantic import ValidationError

from core.architecture import INPUT_SHAPE, LAYER_TYPES, Layer, TracedLayer, follow, show_shape
from core.config import TrainConfig
from ui import state
from ui.train import network_drawing
from ui.wording import NUMBER_FORMAT

_TITLES = {
    "conv": "Convolution",
    "pool": "Pooling",
    "dense": "Dense",
    "flatten": "Flatten",
    "global_average": "Global average",
    "batch_norm": "Batch normalisation",
    "activation": "Activation",
    "dropout": "Dropout",
}
_NEW: dict[str, dict[str, Any]] = {
    "dense": {"units": 64},
    "conv": {"filters": 16},
    "dropout": {"rate": 0.25},
}
_LABELS = {
    "units": "Units",
    "activation": "Activation",
    "filters": "Filters",
    "kernel": "Kernel (pixels)",
    "stride": "Stride (pixels)",
    "padding": "Padding",
    "bias": "Bias",
    "size": "Window (pixels)",
    "kind": "Kind",
    "momentum": "Momentum",
    "rate": "Share switched off",
    "function": "Function",
}
_TOGGLE = "change-network"
_MOST = next(
    limit.max_length
    for limit in TrainConfig.model_fields["layers"].metadata
    if hasattr(limit, "max_length")
)
# Rows look like a list: the text of a button is left-aligned, in the space beside the numbers.
_STYLE = """
<style>
[class*="st-key-layer-row"] { row-gap: 0 }
[class*="st-key-layer-row"] > :first-child { flex: 1 1 11rem !important; width: auto !important }
[class*="st-key-layer-row"] p { white-space: normal }
[class*="st-key-layer-row"] button { justify-content: flex-start; text-align: left }
[class*="st-key-layer-row"] button > * { justify-content: flex-start }
</style>
"""

Draft = dict[str, Any]  # "id", "layer", and the layer's settings
# "drafts", "open" (an id or None), "next" (the id of the next new layer), and "refused" (whether
# the open layer shows an impossible number)
Network = dict[str, Any]


def edit(config: TrainConfig, form: str) -> list[Layer]:
    """Offer to change the network of a configuration, and return its layers.

    Parameters
    ----------
    config : TrainConfig
        Holds the initial network.
    form : str
        Tells forms apart: each has its own network.
    """
    network = _network(config, form)
    network["refused"] = False
    layers = _layers(network)
    if st.toggle("Change the network", key=_TOGGLE, persist_state="session"):
        st.html(_STYLE)
        with st.container(gap="xsmall"):
            _editor(network, layers, form)
        if layers != config.layers:
            st.button(
                "Reset the network",
                icon=":material/undo:",
                key=f"layers-reset-{form}",
                on_click=_forget,
                args=(form,),
            )
    elif layers != config.layers:
        st.caption("The network is changed. Turn on the switch to see it.")
    return layers


def refuses(form: str) -> bool:
    """Return whether the editor shows an impossible number, with an explanation."""
    return st.session_state[state.NETWORKS][form]["refused"]


def explains(layers: list[Layer]) -> bool:
    """Return whether the editor is open and explains why a network cannot be built."""
    return st.session_state[_TOGGLE] and bool(follow(layers).fault)


def _network(config: TrainConfig, form: str) -> Network:
    networks = st.session_state.setdefault(state.NETWORKS, {})
    if form not in networks:
        drafts = [{"id": i, **layer.model_dump()} for i, layer in enumerate(config.layers)]
        networks[form] = {"drafts": drafts, "open": None, "next": len(drafts)}
    return networks[form]


def _forget(form: str) -> None:
    # Ids are never reused, so that no new layer gets the widget of an old one.
    network = st.session_state[state.NETWORKS].pop(form)
    for draft in network["drafts"]:
        for field in draft:
            st.session_state.pop(_key(form, draft, field), None)


def _layers(network: Network) -> list[Layer]:
    return [LAYER_TYPES[draft["layer"]](**_values(draft)) for draft in network["drafts"]]


def _editor(network: Network, layers: list[Layer], form: str) -> None:
    followed = follow(layers)
    network_drawing.show(layers, followed.layers)
    if followed.fault:
        st.caption("The drawing ends at the layer that cannot be built.")
    else:
        st.caption(
            f"A digit enters as {_shape(INPUT_SHAPE)} pixels. The network has "
            f"**{sum(step.parameters for step in followed.layers):,} parameters** and needs "
            f"**{sum(step.multiply_adds for step in followed.layers):,} multiply-adds** per digit."
        )
    with st.container(horizontal=True, horizontal_alignment="distribute", gap="small"):
        st.markdown("**Layers** · Choose one to change it", width="content")
        st.caption("output · parameters · multiply-adds", width="content")
    # Three parts, so that the settings keep their position in the page while their layer moves:
    # Streamlit redraws moved elements, and the button that moves a layer would lose its focus.
    drafts = network["drafts"]
    place = _place(network, network["open"])
    opened = len(drafts) if place is None else place
    before, settings, after = (st.container(gap="xsmall") for _ in range(3))
    for index, layer in enumerate(layers):
        step = followed.layers[index] if index < len(followed.layers) else None
        with before if index <= opened else after:
            _row(network, index, layer, step, form)
            if index == followed.place:
                _explain(followed.fault)
    if opened < len(drafts):
        with settings:
            _open_layer(network, opened, form)
    last = followed.layers[-1] if len(followed.layers) > len(layers) else None
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key=f"layer-row-{form}-answer"
    ):
        st.markdown(f"{len(layers) + 1}\\. **Answer** 10, softmax")
        if last is not None:
            st.caption(_facts(last), width="content")
    if followed.place == len(layers):
        _explain(followed.fault)
    _adder(network, form)


def _explain(fault: str) -> None:
    st.error(fault[:1].upper() + fault[1:], icon=":material/error:")


def _row(network: Network, index: int, layer: Layer, step: TracedLayer | None, form: str) -> None:
    draft = network["drafts"][index]
    is_open = draft["id"] == network["open"]
    with st.container(
        horizontal=True,
        vertical_alignment="center",
        gap="small",
        key=f"layer-row-{form}-{draft['id']}",
    ):
        st.button(
            f"{index + 1}. **{_TITLES[layer.layer]}** {_settings(layer)}",
            key=f"layer-open-{form}-{draft['id']}",
            type="tertiary",
            width="stretch",
            icon=f":material/keyboard_arrow_{'down' if is_open else 'right'}:",
            on_click=_toggle,
            args=(network, draft["id"]),
        )
        if step is not None:
            st.caption(_facts(step), width="content")


def _toggle(network: Network, layer_id: int) -> None:
    network["open"] = None if network["open"] == layer_id else layer_id


def _open_layer(network: Network, index: int, form: str) -> None:
    drafts = network["drafts"]
    draft = drafts[index]
    with st.container(border=True, key=f"layer-settings-{form}-{draft['id']}"):
        fields = {
            name: field
            for name, field in LAYER_TYPES[draft["layer"]].model_fields.items()
            if name != "layer"
        }
        if fields:
            with st.grid(min_column_width=130, vertical_alignment="bottom"):
                faults = [_setting(draft, name, field, form) for name, field in fields.items()]
            for fault in filter(None, faults):
                network["refused"] = True
                _explain(fault)
        with st.container(horizontal=True, gap="small"):
            for label, icon, by in (
                ("Up", ":material/arrow_upward:", -1),
                ("Down", ":material/arrow_downward:", 1),
            ):
                st.button(
                    label,
                    icon=icon,
                    key=f"layer-{label.lower()}-{form}-{draft['id']}",
                    disabled=not 0 <= index + by < len(drafts),
                    on_click=_move,
                    args=(network, draft["id"], by),
                )
            st.button(
                "Remove",
                icon=":material/delete:",
                key=f"layer-remove-{form}-{draft['id']}",
                on_click=_remove,
                args=(network, draft["id"]),
            )


def _setting(draft: Draft, name: str, field: Any, form: str) -> str:
    """Show the field of a setting; return its fault, or an empty text."""
    key = _key(form, draft, name)
    if key not in st.session_state:
        st.session_state[key] = draft[name]
    options: dict[str, Any] = dict(
        label=_LABELS[name],
        key=key,
        help=f"{_LABELS[name]}: {field.description}.",
        on_change=_set,
        args=(draft, name, key),
    )
    if get_origin(field.annotation) is Literal:
        st.selectbox(options=get_args(field.annotation), **options)
    elif field.annotation is bool:
        st.toggle(**options)
    else:
        # Without bounds: Streamlit would not send a number beyond them.
        whole = field.annotation is int
        options |= dict(step=1) if whole else dict(step=0.05, format=NUMBER_FORMAT)
        if st.number_input(**options) != draft[name]:
            return f"{_LABELS[name]} must be {field.description}. It is still {draft[name]:g}."
    return ""


def _set(draft: Draft, name: str, key: str) -> None:
    """Set the chosen or typed value of a layer, if it is possible."""
    values = _values(draft) | {name: st.session_state[key]}
    try:
        LAYER_TYPES[draft["layer"]].model_validate(values)
    except ValidationError:
        return
    draft.update(values)


def _values(draft: Draft) -> dict[str, Any]:
    return {name: value for name, value in draft.items() if name != "id"}


# A second click may come before the page is redrawn. It must act on the same layer, wherever that
# is by then, and not on the layer in its old position.
def _move(network: Network, layer_id: int, by: int) -> None:
    drafts, place = network["drafts"], _place(network, layer_id)
    if place is not None and 0 <= place + by < len(drafts):
        drafts.insert(place + by, drafts.pop(place))


def _remove(network: Network, layer_id: int) -> None:
    place = _place(network, layer_id)
    if place is not None:
        network["drafts"].pop(place)
        network["open"] = None


def _place(network: Network, layer_id: int | None) -> int | None:
    ids = [draft["id"] for draft in network["drafts"]]
    return ids.index(layer_id) if layer_id in ids else None


def _adder(network: Network, form: str) -> None:
    count, here = len(network["drafts"]), _end_or_after_open(network)
    layers = _layers(network)
    places = {kind: _place_for(kind, layers, here) for kind in _TITLES}
    # Those that fit here first; then the others, each with the place where it does.
    kinds = sorted(
        (kind for kind, place in places.items() if place is not None),
        key=lambda kind: places[kind] != here,
    )
    if not kinds:
        st.caption("Correct the layer marked above to add another.")
        return

    def title(kind: str) -> str:
        place = places.get(kind)
        return _TITLES[kind] + ("" if place == here else f" ({_where(place or 0, count)})")

    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        kind = st.selectbox(
            "New layer", kinds, format_func=title, key=f"layer-kind-{form}", width=270
        )
        place = places[kind]
        st.button(
            f"Add {_where(place or 0, count)}",
            icon=":material/add:",
            key=f"layer-add-{form}",
            disabled=count >= _MOST,
            help=f"At most {_MOST} layers. The new layer comes after the open one, or where it "
            "fits next to it.",
            on_click=_add,
            args=(network, kind),
        )


def _where(place: int, count: int) -> str:
    if place == count:
        return "at the end"
    return f"after layer {place}" if place else "at the start"


def _place_for(kind: str, layers: list[Layer], here: int) -> int | None:
    """Return where a new layer of a kind fits: at a place, else the nearest one; None if nowhere.

    In a network that cannot be built, a layer fits if the same layer is at fault as before.
    """
    fault = follow(layers).place
    new = _new_layer(kind)
    for place in sorted(range(len(layers) + 1), key=lambda place: abs(place - here)):
        found = follow([*layers[:place], new, *layers[place:]]).place
        if found is None or (fault is not None and found == fault + (place <= fault)):
            return place
    return None


def _new_layer(kind: str) -> Layer:
    return LAYER_TYPES[kind](**_NEW.get(kind, {}))


def _end_or_after_open(network: Network) -> int:
    opened = _place(network, network["open"])
    return len(network["drafts"]) if opened is None else opened + 1


def _add(network: Network, kind: str) -> None:
    if len(network["drafts"]) >= _MOST:
        return
    place = _place_for(kind, _layers(network), _end_or_after_open(network))
    if place is None:
        return
    draft = {"id": network["next"], **_new_layer(kind).model_dump()}
    network["drafts"].insert(place, draft)
    network["open"] = network["next"]
    network["next"] += 1


def _key(form: str, draft: Draft, name: str) -> str:
    return f"layer-{form}-{draft['id']}-{name}"


def _settings(layer: Layer) -> str:
    match layer.model_dump():
        case {"layer": "dense", "units": units, "activation": function}:
            return f"{units}, {function}"
        case {"layer": "conv", "filters": n, "kernel": k, "stride": s, "activation": function}:
            return f"{n} of {k}×{k}{f', stride {s}' if s > 1 else ''}, {function}"
        case {"layer": "pool", "size": size, "kind": kind}:
            return f"{kind} of {size}×{size}"
        case {"layer": "batch_norm", "momentum": momentum}:
            return f"{momentum:g}"
        case {"layer": "dropout", "rate": rate}:
            return f"{100 * rate:g} %"
        case {"layer": "activation", "function": function}:
            return function
    return ""


def _facts(step: TracedLayer) -> str:
    shape = show_shape(step.output_shape).replace("x", "×")
    return f"{shape} · {step.parameters:,} · {step.multiply_adds:,}"


def _shape(shape: tuple[int, ...]) -> str:
    return show_shape(shape).replace("x", " × ")
