"""The Qt Quick screens: shows view models, sends what the person did. Knows no rule."""
