"""From a layer to something that learns: losses, optimizers, schedules, networks, checks of derivatives."""
