"""Layers one after the other, as other libraries keep models: what every file of weights is read into.

    model = Sequential([Recurrent([params], returns="last"), Dense(W, b)])
    y = model.forward(x)

A `Network` has one cell and one size for all its layers, and trains; here each layer has its own, and all
that is done with them is to run them, look into them and write them down again.
"""

from gatewise.learn.sequential.biases import apart, joined
from gatewise.learn.sequential.documents import recurrent_told, told
from gatewise.learn.sequential.layer_choice import as_said, names_of, returning, taken
from gatewise.learn.sequential.layer_notes import LayerNote, notes_about
from gatewise.learn.sequential.layer_order import fit_together, orders_that_fit
from gatewise.learn.sequential.layers import FUNCTIONS, RETURNS, Dense, Recurrent
from gatewise.learn.sequential.networks import from_network, layers_of, to_network
from gatewise.learn.sequential.sequential import Sequential

__all__ = [
    "FUNCTIONS",
    "RETURNS",
    "Dense",
    "LayerNote",
    "Recurrent",
    "Sequential",
    "apart",
    "as_said",
    "fit_together",
    "from_network",
    "joined",
    "layers_of",
    "names_of",
    "notes_about",
    "orders_that_fit",
    "recurrent_told",
    "returning",
    "taken",
    "to_network",
    "told",
]
