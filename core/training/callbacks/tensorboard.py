"""TensorBoard's files, an optional copy of the curves."""

from pathlib import Path

from core.bare_keras import keras


class TensorBoardScalars(keras.callbacks.Callback):
    """Writes the curves as TensorBoard's event files, without needing TensorBoard."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        import tensorflow as tf

        self._tf = tf
        self._writer = tf.summary.create_file_writer(str(folder))

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        rate = float(self.model.optimizer.last_rate.numpy())
        summary = self._tf.compat.v1.Summary(
            value=[
                self._tf.compat.v1.Summary.Value(tag=f"epoch_{name}", simple_value=float(value))
                for name, value in {**(logs or {}), "learning_rate": rate}.items()
            ]
        )
        with self._writer.as_default():
            self._tf.summary.experimental.write_raw_pb(summary.SerializeToString(), epoch + 1)
        self._writer.flush()
