"""The formats an exercise can be handed out in, one file each; rendering.py has the table of them."""
