"""Forward and backward: the parameters, the trace, and the engines that run one layer."""
