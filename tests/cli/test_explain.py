"""`study`."""

from tests.cli.calls import in_a_process


def test_a_study_of_one_image_is_told_which(core, linear):
    """The place was asked for after ten seconds of start-up, or kept where it means nothing."""
    core("study", linear, "gradients").refused("--item")
    core("study", linear, "known", "--item", 3).refused("leave --item out")


def test_a_study_of_one_image_says_what_it_has_to_say(by_keras, home):
    """In a process of its own: TensorFlow's greetings stay out of it."""
    done = in_a_process("study", by_keras, "gradients", "--item", "0", DIGIT_LAB_HOME=str(home))
    assert done == (
        0,
        f"The gradient maps of {by_keras}: done. The Inspect page shows it.\n",
        "",
    )


def test_a_study_of_an_image_that_is_not_there_is_refused(core, by_keras):
    core("study", by_keras, "gradients", "--item", 9999).refused("0 to 381")
