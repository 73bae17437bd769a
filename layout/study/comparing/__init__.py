"""Plans and models beside each other, and a layout of the user's own."""
