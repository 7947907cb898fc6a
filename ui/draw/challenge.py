"""The game on Draw: ten digits, each accepted at the moment it is read as the one asked for."""

import time

import pandas as pd
import streamlit as st

from core import registry
from core.errors import DigitLabError
from core.people import challenge
from core.reading.reader import BLANK, Digit, Reading
from core.wording import a_digit, counted
from ui import canvas, layout, live_answer, pictures, state, wording

_RULES = (
    "The game asks for ten digits. Draw each as fast and as badly as you can. It is read after "
    "every stroke, and counts as soon as the answer is the digit asked for. A digit earns up to 50 "
    "points for speed (none after 10 seconds) and up to 50 for being barely recognised. A digit "
    "that is not recognised earns nothing."
)
_PRAISE = ((80, "brilliant"), (60, "very good"), (40, "good"), (20, "fair"), (1, "just about"))


@st.fragment
def play(model: registry.Model) -> None:
    """Show the start of the game, the digit to draw, or the end of a round."""
    game: challenge.Round | None = st.session_state.get(state.CHALLENGE)
    if game is not None and game.digit is not None and game.model != model.name:
        # Otherwise another model would read the rest of the round.
        _leave()
        game = None
        st.info("The round ended because another model was chosen.")
    if game is None:
        _start(model)
    elif game.digit is not None:
        _draw(model, game, game.digit)
    else:
        _end(model, game)


def _start(model: registry.Model) -> None:
    st.markdown(_RULES)
    _player(model, "Start")
    _best()


def _player(model: registry.Model, label: str) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            "Player's name (optional)",
            max_chars=challenge.NAME_LENGTH,
            key="player",
            persist_state="session",
            width=240,
        )
        st.button(
            label, type="primary", icon=":material/play_arrow:", on_click=_begin, args=[model.name]
        )


def _begin(model: str) -> None:
    name = st.session_state.get("player") or ""
    st.session_state[state.CHALLENGE] = challenge.Round(name, model, since=time.monotonic())
    canvas.reset(canvas.GAME)


def _leave() -> None:
    st.session_state[state.CHALLENGE] = None


def _draw(model: registry.Model, game: challenge.Round, asked: int) -> None:
    """Ask for a digit, and accept it as soon as it is read."""
    place = len(game.played) + 1
    left, right = layout.two_parts(canvas.GAME.width, "game")
    with left:
        st.subheader(f"Draw {a_digit(asked)}", anchor=False)
        picture = canvas.drawing_canvas(canvas.GAME, canvas.GAME.pen)
        with canvas.tool_row(canvas.GAME.name):
            st.button(
                "Clear",
                shortcut="Ctrl+Backspace",
                help="Start this digit again. The clock keeps running.",
                on_click=_wipe,
                args=[game],
                key="clear-game",
            )
            st.button(
                "Skip",
                icon=":material/skip_next:",
                shortcut="Ctrl+Enter",
                help="Go to the next digit. This one earns nothing.",
                on_click=_give_up,
                args=[model, game],
            )
            st.button("End the game", icon=":material/close:", on_click=_leave)
    found = live_answer.read_or_say(model, picture) or BLANK
    digit = _only(found)
    if digit is not None and digit.verdict != "not-a-digit" and digit.digit == asked:
        _take(game, digit)
        st.rerun()
    with right:
        words = f"Digit {place} of {challenge.DIGITS}. The clock is running."
        st.progress((place - 1) / challenge.DIGITS, text=words)
        if len(found.digits) > 1:
            st.markdown(
                f"The drawing has {len(found.digits)} separate parts. Draw one digit whose "
                "strokes touch."
            )
        elif digit is not None:
            said = (
                "It does not look like a digit yet."
                if digit.verdict == "not-a-digit"
                else f"So far it is read as {digit.digit}."
            )
            st.markdown(f"{said} Keep drawing {a_digit(asked)}.")
        elif game.played and not game.begun_again:
            st.markdown(_said(game.played[-1]))
        else:
            st.markdown("The clock is running. Each digit counts as soon as it is read correctly.")
        points = sum(attempt.points for attempt in game.played)
        st.metric(
            "Points so far",
            points,
            help="A digit that is read correctly earns up to 100 points: up to 50 for speed and up "
            "to 50 for being barely recognised.",
        )


def _only(found: Reading) -> Digit | None:
    # The reader takes several pieces for several digits: then none is the one asked for.
    return found.digits[0] if len(found.digits) == 1 else None


def _take(game: challenge.Round, digit: Digit | None) -> None:
    drawing = canvas.drawing_on(canvas.GAME)
    try:
        game.take(digit, drawing and drawing.strokes, time.monotonic())
    except DigitLabError as fault:
        st.session_state[state.CHALLENGE_FAULT] = str(fault)
    canvas.reset(canvas.GAME)


def _give_up(model: registry.Model, game: challenge.Round) -> None:
    drawing = canvas.drawing_on(canvas.GAME)
    _take(game, _only(live_answer.read_or_say(model, drawing and drawing.picture) or BLANK))


def _wipe(game: challenge.Round) -> None:
    canvas.clear(canvas.GAME)
    game.begun_again = True


def _said(attempt: challenge.Attempt) -> str:
    """Say in plain words how many points a digit earned."""
    if not attempt.points:
        return f"The {attempt.asked} was not recognised: no points."
    praise = next(word for least, word in _PRAISE if attempt.points >= least)
    share = wording.sure(attempt.probabilities[attempt.asked])
    return (
        f"The {attempt.asked} was recognised after {attempt.seconds:.1f} s, {share}: "
        f"**{counted(attempt.points, 'point')}**, {praise}."
    )


def _end(model: registry.Model, game: challenge.Round) -> None:
    """Show the result of a finished round."""
    result = challenge.result(game.played)
    st.subheader(counted(result.points, "point"), anchor=False)
    name = f"{wording.verbatim(game.player)}: " if game.player else ""
    st.markdown(
        f"{name}{result.read} of {challenge.DIGITS} digits recognised in {result.seconds:.0f} s."
    )
    with st.grid(min_column_width=112, gap="small"):
        for attempt in game.played:
            with st.container(gap="xsmall"):
                points = counted(attempt.points, "point")
                words = f"{attempt.asked}: {points}"
                words += "" if attempt.image.any() else ", nothing drawn"
                drawn = f"The {attempt.asked} that was drawn, {points}"
                alt = drawn if attempt.image.any() else f"Nothing was drawn for the {attempt.asked}"
                pictures.digit(attempt.image, alt=alt, factor=4)
                st.markdown(words)
    _player(model, "Play again")
    _best()


@st.cache_resource(max_entries=1, show_spinner=False)
def _attempts(changed: tuple[int, int]) -> list[challenge.Attempt]:
    return challenge.log()


def _best() -> None:
    """Show the best rounds on this machine, and offer the log as a data set."""
    fault = st.session_state.pop(state.CHALLENGE_FAULT, None)
    if fault:
        st.error(wording.verbatim(fault))
    attempts = _attempts(challenge.changed_at())
    results = challenge.best(attempts)
    st.subheader("Best rounds on this machine", anchor=False)
    if results:
        rows = [
            {
                "player": one.player or "no name",
                "points": one.points,
                "recognised": f"{one.read} of {challenge.DIGITS}",
                "time, s": round(one.seconds, 1),
                "model": one.model,
            }
            for one in results
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch", key="challenge-best")
    else:
        st.caption("Nobody has finished a round yet.")
    if attempts:
        with st.container(horizontal=True):
            st.download_button(
                f"Download the {len(attempts)} digits",
                lambda: challenge.as_data_set(challenge.log()),  # packed at the click
                "challenge.npz",
                icon=":material/download:",
                on_click="ignore",
                help="An .npz data set for Train: the images, labelled with the digits asked for.",
            )
            with st.popover("Delete the log", icon=":material/delete:"):
                st.markdown("This deletes all digits and the table of best rounds.")
                st.button("Delete the log now", on_click=_forget)


def _forget() -> None:
    try:
        challenge.forget()
    except DigitLabError as fault:
        st.session_state[state.CHALLENGE_FAULT] = str(fault)
