"""The visit: a pure state machine, its engine and the view models of the screens."""
