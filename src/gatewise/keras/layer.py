"""`LSTM`: keras.layers.LSTM by the compiled engine on the torch backend, else by Keras."""

from __future__ import annotations

from typing import Any

from gatewise.compiled import missing
from gatewise.keras import counting
from gatewise.support.extras import need

keras = need("keras", "keras", "gatewise.keras.LSTM")
_TANH, _SIGMOID = keras.activations.tanh, keras.activations.sigmoid


@keras.saving.register_keras_serializable(package="gatewise")
class LSTM(keras.layers.LSTM):  # type: ignore[name-defined]
    """keras.layers.LSTM, run by gatewise on the torch backend of Keras and the CPU.

    Options, weights, results, files and errors are those of keras.layers.LSTM, of which it is a subclass
    without state of its own: masks, go_backwards, stateful, return_state, use_bias, unit_forget_bias and
    dropout of the inputs are run by the engine. Other activations, recurrent_dropout in training, unroll,
    dropout with implementation=1, float16 and other backends are run by Keras; `gatewise.keras.calls()`
    counts both.

    Notes
    -----
    Equations F1-F6, B1-B8 and G1-G3, with Keras' order of gates (Keras documentation, keras.layers.LSTM).
    """

    def call(
        self, sequences: Any, initial_state: Any = None, mask: Any = None, training: bool = False
    ) -> Any:
        """Run the layer, as keras.layers.LSTM does.

        Parameters
        ----------
        sequences : tensor (N, T, D)
        initial_state : list of two tensors (N, H), optional
            h and c; 0 where there are none.
        mask, training
            As of `inner_loop`.

        Returns
        -------
        tensor (N, H), or with return_sequences (N, T, H)
            With return_state beside h and c (N, H) after the last step.

        Raises
        ------
        ValueError
            As keras.layers.LSTM.
        """
        if initial_state is None and self._is_plain():
            from gatewise.keras import running  # which needs torch, as other backends do not

            done = running.run_whole(self, sequences, mask)
            if done is not None:
                counting.count(None)
                output = done.last if done.outs is None else done.outs
                return (output, done.h, done.c) if self.return_state else output
        return super().call(sequences, initial_state=initial_state, mask=mask, training=training)

    def inner_loop(self, sequences: Any, initial_state: Any, mask: Any, training: bool = False) -> Any:
        """Run the steps.

        Parameters
        ----------
        sequences : tensor (N, T, D)
        initial_state : list of two tensors (N, H)
            h and c.
        mask : tensor (N, T) of bool, or None
            Where it is false the step is passed over: the last out and state are held, and before the first
            step out is 0.
        training : bool
            Whether dropout acts.

        Returns
        -------
        tuple
            The last out (N, H), the outs (N, T, H), of a layer without return_sequences (N, 1, H), and
            [h, c] after the last step.

        Raises
        ------
        ValueError
            As keras.layers.LSTM.
        """
        reason = missing or self._unsupported(training)
        if reason is None:
            from gatewise.keras import running  # which needs torch, as other backends do not

            if not running.has_numbers(sequences):
                return super().inner_loop(sequences, initial_state, mask, training)
            done = running.run_layer(self, sequences, initial_state, mask, training)
            if not isinstance(done, str):
                counting.count(None)
                outs = done.last.unsqueeze(1) if done.outs is None else done.outs
                return done.last, outs, [done.h, done.c]
            reason = done
        counting.count(reason)
        return super().inner_loop(sequences, initial_state, mask, training)

    def _is_plain(self) -> bool:
        """Say whether all that Keras does around `inner_loop` is to make states of 0.

        Dropout draws from the cell's seed when it does not act, too.
        """
        cell = self.cell
        return (
            missing is None
            and not (self.stateful or cell.dropout or cell.recurrent_dropout)
            and self._unsupported(training=False) is None
            and type(cell) is keras.layers.LSTMCell
            and type(self).inner_loop is LSTM.inner_loop
            and type(self).get_initial_state is keras.layers.LSTM.get_initial_state
            and "inner_loop" not in self.__dict__
            and "get_initial_state" not in self.__dict__
        )

    def _unsupported(self, training: bool) -> str | None:
        """Say which option the engine has not."""
        cell = self.cell
        if keras.backend.backend() != "torch":
            return f"the backend is {keras.backend.backend()}"
        if cell.activation is not _TANH or cell.recurrent_activation is not _SIGMOID:
            return "another activation"
        if self.unroll:
            return "unroll"
        if self.use_cudnn is True:
            return "use_cudnn=True asks for cuDNN"
        if training and cell.recurrent_dropout:
            return "recurrent_dropout"
        if training and cell.dropout and cell.implementation == 1:
            return "dropout with implementation=1"
        return None
