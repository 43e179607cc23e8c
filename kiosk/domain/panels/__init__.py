"""What the desk's panels ask and show, a module a view."""
