pragma ComponentBehavior: Bound

import QtQuick
import ".."

// The calm ground behind drawings.
Rectangle {
    radius: Theme.radiusLarge
    border.width: Theme.edged ? Theme.hairline : 0
    border.color: Theme.line

    gradient: Gradient {
        GradientStop {
            position: 0
            color: Theme.sceneTop
        }

        GradientStop {
            position: 1
            color: Theme.sceneBottom
        }
    }
}
